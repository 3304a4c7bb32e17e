"""The post of one file: its front matter, and values that are derived where it has none."""

from datetime import UTC, datetime

import pytest
from markdown_it.parser_inline import ParserInline

from articles.importing import post as post_module
from articles.importing.authors import join_names
from articles.importing.dates import read_date
from tests.articles.import_files import nested, post_of

pytestmark = pytest.mark.usefixtures("in_utc")
HEXO = """---
title: 你好，世界
date: 2014-12-12 10:00:00
updated: 2015/1/2 03:04:05
tags:
  - 缓存
categories:
  - [后端, MySQL]
---
第一段。

<!-- more -->

第二段。
"""
JEKYLL = """---
layout: post
title:  "Hello: world"
date:   2014-12-12 10:00:00 +0800
tags: go web
author: Alice
published: false
---
Text
"""
HUGO = """+++
title = "Hello"
date = 2014-12-12T10:00:00+08:00
lastmod = 2015-01-02
draft = true
tags = ["Go", "Web"]
description = "About *it*"
+++
Text
"""
HUGO_JSON = '{"title": "Hello", "date": "2014-12-12", "tags": ["Go"]}\n\nText'
ZOLA = """+++
path = "2014/12/12/Rust-1.9.1"
title = "Rust"
authors = ["A", "B"]
[taxonomies]
tags = ["Releases"]
+++
Text
"""


def day(year: int, month: int, day: int, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def test_post_of_hexo() -> None:
    post = post_of(HEXO)
    assert (post.title, post.date) == ("你好，世界", day(2014, 12, 12, 10))
    assert post.updated == datetime(2015, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert post.tags == ["缓存", "后端", "MySQL"]
    assert post.summary == "第一段。"
    assert post.body == "第一段。\n\n第二段。"


def test_post_of_jekyll() -> None:
    post = post_of(JEKYLL, "_posts/2014-12-12-hello-world.md")
    assert (post.title, post.slug) == ("Hello: world", "hello-world")
    assert post.date == day(2014, 12, 12, 2)
    assert post.tags == ["go", "web"]
    assert (post.authors, post.draft) == (["Alice"], True)


def test_post_of_hugo() -> None:
    post = post_of(HUGO)
    assert (post.date, post.updated) == (day(2014, 12, 12, 2), day(2015, 1, 2))
    assert (post.draft, post.tags, post.summary) == (True, ["Go", "Web"], "About *it*")


def test_post_of_hugo_in_json() -> None:
    post = post_of(HUGO_JSON)
    assert (post.title, post.date, post.body) == ("Hello", day(2014, 12, 12), "Text")


def test_post_of_zola() -> None:
    post = post_of(ZOLA)
    assert (post.date, post.slug) == (day(2014, 12, 12), "Rust-1-9-1")
    assert (post.authors, post.tags) == (["A", "B"], ["Releases"])


def test_file_without_front_matter_is_a_draft_named_by_its_heading() -> None:
    post = post_of("# My *first* day\n\nText")
    assert (post.title, post.body, post.slug) == ("My first day", "Text", "hello")
    assert post.draft
    assert "no date" in post.notes[0]


@pytest.mark.parametrize(
    ("place", "title", "slug", "date"),
    [
        ("2014-12-12-my_day.md", "my day", "my_day", day(2014, 12, 12)),
        ("2014-12-12-my-day/index.md", "my day", "my-day", day(2014, 12, 12)),
        ("a/my day.markdown", "my day", "my day", None),
        ("index.md", "index", "index", None),
        ("2014-13-45-x.md", "x", "x", None),
    ],
)
def test_name_of_a_file_gives_title_slug_and_date(
    place: str, title: str, slug: str, date: datetime | None
) -> None:
    post = post_of("Text", place)
    assert (post.title, post.slug, post.date) == (title, slug, date)


@pytest.mark.parametrize("heading", ["# Hello", "Hello\n=====", "## *Hello*", "# hello #"])
def test_heading_that_repeats_the_title_goes(heading: str) -> None:
    assert post_of(f"---\ntitle: Hello\n---\n\n{heading}\n\nText\n").body == "Text"


@pytest.mark.parametrize("start", ["# Other\n\nText", "Text\n\n# Hello", "    # Hello"])
def test_any_other_beginning_stays(start: str) -> None:
    assert post_of(f"---\ntitle: Hello\n---\n\n{start}\n").body == start


def test_mark_inside_code_is_an_example() -> None:
    body = "Text\n\n```\n<!-- more -->\n```"
    assert post_of(body).body == body


def test_summary_knows_links_that_are_defined_below() -> None:
    assert post_of("See [it][1].\n<!--more-->\n\n[1]: /x").summary == "See it."


def test_yaml_values_stay_what_was_written() -> None:
    post = post_of("---\ntitle: 1.10\nslug: 007\ntags: [yes, 2014-01-01]\ndate: ~\n---\nText")
    assert (post.title, post.slug) == ("1.10", "007")
    assert post.tags == ["yes", "2014-01-01"]


@pytest.mark.parametrize("tags", ["a, b", "a、b", "[a, b]", "\n  - a\n  - b", "[[a], {name: b}]"])
def test_tags_come_as_list_or_text(tags: str) -> None:
    assert post_of(f"---\ntags: {tags}\n---\nText").tags == ["a", "b"]


def test_tags_beyond_the_limit_are_dropped_with_a_note() -> None:
    post = post_of(f"---\ndate: 2014-12-12\ntags: [{', '.join('abcdefghijkl')}]\n---\nText")
    assert (len(post.tags), post.notes) == (10, ["has more than 10 tags; the first ones count"])


def test_lists_may_be_five_deep() -> None:
    assert post_of(nested(5)).tags == ["x"]


def test_folder_of_drafts_holds_drafts() -> None:
    assert post_of("---\ndate: 2014-12-12\n---\nText", "_drafts/a.md").draft


def test_byte_order_mark_and_foreign_line_ends_do_not_matter() -> None:
    text = "\ufeff---\r\ntitle: Hello\r\n---\r\nText\rmore\x07\r\n"
    post = post_of(text)
    assert (post.title, post.body) == ("Hello", "Text\nmore")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2014-12-12", day(2014, 12, 12)),
        ("2014/1/2 3:04", datetime(2014, 1, 2, 3, 4, tzinfo=UTC)),
        ("2014-12-12T10:00:00Z", day(2014, 12, 12, 10)),
        ("2014-12-12 10:00:00.123 +0800", day(2014, 12, 12, 2)),
        ("2014-12-12T10:00:00-05:00", day(2014, 12, 12, 15)),
        ("2014年12月12日", day(2014, 12, 12)),
        ("Fri, 12 Dec 2014 10:00:00 +0800", day(2014, 12, 12, 2)),
        ("12 Dec 2014 10:00", day(2014, 12, 12, 10)),
    ],
)
def test_dates_are_read_as_people_write_them(text: str, moment: datetime) -> None:
    assert read_date(text) == moment


def test_long_byline_ends_after_a_whole_name() -> None:
    line = join_names(["Alice Liddell"] * 30)
    assert len(line) <= 200
    assert line.endswith("Liddell …")
    assert len(join_names(["x" * 300])) == 200


def test_first_heading_is_found_without_parsing_the_paragraphs(monkeypatch):
    parsed, parse = [], ParserInline.parse
    monkeypatch.setattr(ParserInline, "parse", lambda *args: parsed.append(1) or parse(*args))
    body = "# The *title* [of](x)\n\n" + "one\n\n" * 100
    assert post_module._first_heading(body).text == "The title of"
    assert len(parsed) == 1


@pytest.mark.parametrize("head", ['title: "\\u200B"', 'title: "\\u3164"\ntags: ["\\u200B"]'])
def test_title_and_tags_without_a_visible_character_count_as_missing(head: str) -> None:
    post = post_of(f"---\n{head}\n---\n# \u200b\n\nText\n", "a-day.md")
    assert (post.title, post.tags) == ("a day", [])
