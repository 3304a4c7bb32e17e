"""Makes slugs of titles and tags; Chinese characters are kept."""

import hashlib
import re

from django.utils.text import slugify

from core.db.text import fold

MAX_LENGTH = 200
LONGEST_TEXT = 1000  # the first characters, of which a slug is made
FALLBACK = "untitled"
# Names of an article's own pages, which stand at the slug's place in an address.
RESERVED = {
    "edit", "delete", "publish", "withdraw", "history", "hide", "show", "recover", "autosave",
}  # fmt: skip


def article_slug(title: str) -> str:
    """Returns the slug of a title: FALLBACK without letters, and never a name of RESERVED."""
    slug = hyphenated(title) or FALLBACK
    return f"{slug}-article" if slug in RESERVED else slug


def tag_slug(name: str) -> str:
    """Returns the slug of a tag: `C`, `C++` and `C#` differ, `Café` and `cafe` do not."""
    slug = hyphenated(fold(name).replace("+", " plus ").replace("#", " sharp "))
    return slug or "tag-" + hashlib.sha256(name.encode(errors="replace")).hexdigest()[:8]


def hyphenated(text: str) -> str:
    """Returns letters, digits and hyphens: 1.91.1 becomes 1-91-1, read/write read-write."""
    spaced = re.sub(r"(?<=\w)[./](?=\w)", "-", text[:LONGEST_TEXT])
    return slugify(spaced, allow_unicode=True)[:MAX_LENGTH].strip("-_")
