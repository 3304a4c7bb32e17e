"""Parses the header Forwarded (RFC 7239): `for=192.0.2.1;proto=https, for="[2001:db8::1]:99"`."""

import re

LONGEST = 2000  # characters; a longer header, and one that is malformed, says nothing

_pair = r'[a-z]+=(?:"[^"\\]*"|[^\s",;=]+)'
_element = rf"{_pair}(?:\s*;\s*{_pair})*"
# As a whole, or a quotation mark that a visitor left open could swallow what the proxy appends.
_header = re.compile(rf"\s*{_element}(?:\s*,\s*{_element})*\s*", re.IGNORECASE)
_elements, _pairs = re.compile(_element, re.IGNORECASE), re.compile(_pair, re.IGNORECASE)


def elements(header: str) -> list[dict[str, str]]:
    """What each proxy says, the nearest one last; names in lower case, values unquoted."""
    if len(header) > LONGEST or not _header.fullmatch(header):
        return []
    return [dict(map(_unquoted, _pairs.findall(each))) for each in _elements.findall(header)]


def _unquoted(pair: str) -> tuple[str, str]:
    name, _, value = pair.partition("=")
    return name.lower(), value.strip('"')
