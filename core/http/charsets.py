"""Reads the charset of a Content-Type without trusting it.

Django passes the name of a character set to Python's codecs. Some codecs are not character sets
(`base64`, `zlib`), some take quadratic time (`punycode`), and Python keeps each unknown name in
memory for ever. So a name is compared with a fixed list and never looked up.
"""

import re
from encodings.aliases import aliases

from django.utils.http import parse_header_parameters

LONGEST = 40  # characters of a name
LONGEST_TYPE = 1000  # characters of a Content-Type; a browser's has about 70
NOT_TEXT = {
    "base64_codec",
    "bz2_codec",
    "hex_codec",
    "mbcs",
    "quopri_codec",
    "rot_13",
    "uu_codec",
    "zlib_codec",
}
CODECS = {name: codec for name, codec in aliases.items() if codec not in NOT_TEXT}
CODECS |= {codec: codec for codec in CODECS.values()}
UTF_8 = {"utf_8", "ascii"}
# A parameter as RFC 2231 writes it, `name*=charset'language'value`: Python decodes it by that name.
ENCODED = re.compile(r"\*[0-9*]*\s*=")

Parameters = tuple[str, dict[str, str]]


def codec_of(charset: str) -> str | None:
    """The codec of this name; None if it is not the name of a character set."""
    if len(charset) > LONGEST:
        return None
    return CODECS.get(charset.strip().lower().replace("-", "_").replace(" ", "_"))


def parameters_of(content_type: str) -> Parameters:
    """The type and its parameters, without those that RFC 2231 encodes, as browsers never do."""
    if len(content_type) > LONGEST_TYPE:
        return "", {}
    parts = content_type.split(";")
    plain = [part for part in parts if not ENCODED.search(part)]
    return parse_header_parameters(";".join(plain))
