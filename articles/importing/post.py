"""Makes a post of a file: of its fields, and of its text and name where a field is missing."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import PurePath, PurePosixPath
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

from articles.forms import LONGEST_BODY, MOST_TAGS
from articles.importing import Refused
from articles.importing.dates import read_date
from articles.importing.front_matter import Fields
from articles.importing.publication import apply_place, read_moment, read_publication
from articles.models import Article, Tag
from core.db.text import is_blank
from core.markdown import SUMMARY, cut, render, summarise
from core.markdown.budgets import PARAGRAPH
from core.markdown.headings import plain_text

LONGEST_TITLE = Article._meta.get_field("title").max_length or 0
LONGEST_TAG = Tag._meta.get_field("name").max_length or 0
HERE = PurePosixPath()
MORE = "here-ends-the-summary"
_more = re.compile(r"<!--\s*more\s*-->", re.IGNORECASE)
_dated_name = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})[-_ ]+(.+)")
_dated_path = re.compile(r"/?(\d{4}/\d{1,2}/\d{1,2})/")
_blocks = MarkdownIt("commonmark")
_blocks.core.ruler.enableOnly(["normalize", "block"])


class Heading(NamedTuple):
    text: str
    start: int  # its first line
    end: int  # the line after it


@dataclass
class Post:
    title: str
    slug: str
    body: str
    summary: str
    tags: list[str]
    authors: list[str]
    draft: bool
    hidden: bool
    date: datetime | None
    updated: datetime | None
    breaks: bool = False  # line ends are line breaks
    notes: list[str] = field(default_factory=list)
    html: str = ""  # the rendered body, once it is stored


def make_post(fields: Fields, body: str, place: PurePosixPath, folder: PurePath = HERE) -> Post:
    """Returns the post of a file at `place` below the imported `folder`.

    Raises Refused for values that an article cannot have, and TextRefused for a text over a limit.
    """
    if len(body) > LONGEST_BODY:
        raise Refused(_("is longer than an article may be"))
    name = place.parent.name or place.stem if place.stem == "index" else place.stem
    dated = _dated_name.fullmatch(name)
    title, body = _title(fields, body, dated[2] if dated else name)
    body, summary = _summary(fields, body)
    publication = read_publication(fields, _fallback_date(fields, dated[1] if dated else ""))
    apply_place(publication, place, folder)
    post = Post(
        title=title,
        slug=_slug(fields, dated[2] if dated else name),
        body=body,
        summary=summary,
        tags=_tags(fields, jekyll=dated is not None),
        authors=fields.words("author") + fields.words("authors"),
        draft=publication.draft,
        hidden=publication.hidden,
        date=publication.date,
        updated=read_moment(fields, "updated", "lastmod", "last_modified_at"),
        notes=publication.notes,
    )
    return _checked(post)


def _title(fields: Fields, body: str, name: str) -> tuple[str, str]:
    """Returns the title, and the body without a first heading that repeats it."""
    words = re.sub(r"[-_ ]+", " ", name).strip()
    heading = _first_heading(body).text
    title = fields.text("title") or ("" if is_blank(heading) else heading) or words or name
    lines = body.split("\n")
    top = _first_heading("\n".join(lines[:2]))  # a heading takes one line or two
    if top.start > 0 or top.text.casefold() != title.casefold():
        return title, body
    return title, "\n".join(lines[top.end :]).strip("\n")


def _first_heading(body: str) -> Heading:
    """The first heading. Only its own inline markup is parsed, which is much cheaper."""
    env: dict[str, Any] = {}
    for opening, text in pairwise(_blocks.parse(body, env)):
        if opening.type == "heading_open" and opening.map:
            text.children = _blocks.inline.parse(text.content[:PARAGRAPH], _blocks, env, [])
            return Heading(plain_text(text), *opening.map)
    return Heading("", 0, 0)


def _summary(fields: Fields, body: str) -> tuple[str, str]:
    """Returns the body without the mark <!-- more -->, and the text before it as summary."""
    given = cut(fields.text("description", "summary", "excerpt"), SUMMARY)
    mark = _more.search(body)
    if mark is None or body.count("\n```", 0, mark.start()) % 2:  # in a code block it is an example
        return body, given
    before, after = body[: mark.start()].rstrip(), body[mark.end() :].lstrip()
    if not given:
        whole = render(f"{before}\n\n{MORE}\n\n{after}")  # link definitions may stand at the end
        given = summarise(whole.partition(MORE)[0])
    return f"{before}\n\n{after}".strip("\n"), given


def _slug(fields: Fields, name: str) -> str:
    path = fields.text("path", "url").rstrip("/").removesuffix(".html")
    made = path.rpartition("/")[2] or name
    return fields.text("slug") or made.replace(".", "-")  # Rust-1.9.1 is not Rust-19.1


def _fallback_date(fields: Fields, from_name: str) -> datetime | None:
    """The date in a path like `2014/12/12/title`, or in the file's name."""
    path = _dated_path.match(fields.text("path", "url"))
    for text in (path[1] if path else "", from_name):
        try:
            return read_date(text)
        except Refused:  # the digits are no date
            continue
    return None


def _tags(fields: Fields, jekyll: bool) -> list[str]:
    """Names of tags and categories. A text is split at commas; in Jekyll's files at spaces."""
    names: list[str] = []
    for table in (fields, fields.table("taxonomies")):
        for word in table.words("tags") + table.words("categories"):
            one = jekyll and word in (table.get("tags"), table.get("categories"))
            parts = word.split() if one and "," not in word else re.split("[,,、;;]", word)
            names += [part.strip() for part in parts if part.strip()]
    return list(dict.fromkeys(names))


def _checked(post: Post) -> Post:
    if len(post.title) > LONGEST_TITLE:
        raise Refused(_("has a title of more than %d characters") % LONGEST_TITLE)
    if not post.body.strip():
        raise Refused(_("has no text below its front matter"))
    if too_long := next((tag for tag in post.tags if len(tag) > LONGEST_TAG), None):
        raise Refused(_("has a tag that is too long: “%s”") % too_long)
    if len(post.tags) > MOST_TAGS:
        post.notes.append(_("has more than %d tags; the first ones count") % MOST_TAGS)
        del post.tags[MOST_TAGS:]
    if post.date is None and not (post.draft or post.hidden):
        post.notes.append(_("has no date; it went in as a draft"))
        post.draft = True
    return post
