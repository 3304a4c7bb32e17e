"""Slugs of titles and tags; Chinese stays Chinese."""

import hashlib
import re

from django.utils.text import slugify

from core.db.text import fold

MAX_LENGTH = 200
LONGEST_TEXT = 1000  # characters that are looked at
FALLBACK = "untitled"
# What stands at the slug's place in the addresses of an article's own pages.
RESERVED = {"edit", "delete", "publish", "withdraw"}


def article_slug(title: str) -> str:
    """The slug of a title; one without letters, or with the name of a page, gets another."""
    slug = spelled(title) or FALLBACK
    return f"{slug}-article" if slug in RESERVED else slug


def tag_slug(name: str) -> str:
    """The slug of a tag's name: `C`, `C++` and `C#` keep apart, `Café` and `cafe` do not."""
    slug = spelled(fold(name).replace("+", " plus ").replace("#", " sharp "))
    return slug or "tag-" + hashlib.sha256(name.encode(errors="replace")).hexdigest()[:8]


def spelled(text: str) -> str:
    """Letters, digits and hyphens; 1.91.1 and read/write keep their parts apart."""
    spaced = re.sub(r"(?<=\w)[./](?=\w)", "-", text[:LONGEST_TEXT])
    return slugify(spaced, allow_unicode=True)[:MAX_LENGTH].strip("-_")
