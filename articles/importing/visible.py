"""Recognises HTML that shows nothing on the page."""

import html as entities
import re
import unicodedata

_media = re.compile(r"<(?:audio|embed|iframe|img|input|math|meter|object|progress|svg|video)\b")
_tag = re.compile(r"<[^>]*>")
_blank_letters = set("\u115f\u1160\u2800\u3164\uffa0")  # drawn as nothing


def shows_nothing(html: str) -> bool:
    """Whether sanitized HTML has neither media nor a visible character."""
    text = entities.unescape(_tag.sub("", html))
    return not _media.search(html) and not any(map(_is_visible, text))


def _is_visible(character: str) -> bool:
    return unicodedata.category(character)[0] not in "ZC" and character not in _blank_letters
