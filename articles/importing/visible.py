"""Tells whether a rendered text shows anything."""

import html as entities
import re
import unicodedata

_media = re.compile(r"<(?:audio|embed|iframe|img|input|math|meter|object|progress|svg|video)\b")
_tag = re.compile(r"<[^>]*>")
_blank_letters = set("\u115f\u1160\u2800\u3164\uffa0")  # letters and signs without ink


def is_blank(html: str) -> bool:
    """Whether sanitized HTML has no media, and no character that leaves ink on the page."""
    return not _media.search(html) and not any(map(_has_ink, entities.unescape(_tag.sub("", html))))


def _has_ink(character: str) -> bool:
    return unicodedata.category(character)[0] not in "ZC" and character not in _blank_letters
