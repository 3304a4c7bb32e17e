"""Splits tags as they are typed into names."""

import re

from core.db.text import is_blank

SEPARATORS = "[,;\n\uff0c\uff1b\u3001]"  # the Chinese comma, semicolon and pause mark too


def split_tags(typed: str) -> list[str]:
    """The names in the order in which they were typed, each once."""
    names = [name.strip() for name in re.split(SEPARATORS, typed)]
    return list(dict.fromkeys(name for name in names if not is_blank(name)))
