"""Recognises the format of a file by its first bytes; its name and type say nothing.

Sources: the magic numbers of each format's specification; the brands of ISO/IEC 14496-12 files
(`ftyp`) are those of HEIF (ISO/IEC 23008-12) and AVIF.
"""

import re
from typing import IO

from django.utils.translation import gettext as _

HEAD = 4096  # bytes that are read
ALLOWED = "JPEG, PNG, WebP, GIF, AVIF"
PICTURES = {
    "JPEG": rb"\xff\xd8\xff",
    "PNG": rb"\x89PNG\r\n\x1a\n",
    "GIF": rb"GIF8[79]a",
    "WEBP": rb"RIFF....WEBP",
    "AVIF": rb"....ftyp(?:avi[fs]|m[is]f1....(?:....)*?avi[fs])",
}
REFUSED = {
    "HEIC": rb"....ftyp(?:hei[cmsx]|hev[cmsx]|mif1|msf1)",
    "SVG": rb"(?:\xef\xbb\xbf)?\s*<(?:[?!].*)?svg\b",
    "HTML": rb"\s*<(?:!doctype html|html|head|body|script)\b",
    "XML": rb"\s*<\?xml",
    "PDF": rb"%PDF-",
    "TIFF": rb"II\*\x00|MM\x00\*|II\+\x00|MM\x00\+",
    "BMP": rb"BM",
    "ICO": rb"\x00\x00[\x01\x02]\x00",
    "JPEG XL": rb"\xff\x0a|\x00\x00\x00\x0cJXL ",
    "JPEG 2000": rb"\xff\x4f\xff\x51|\x00\x00\x00\x0cjP  ",
    "Photoshop": rb"8BPS",
    "MP4": rb"....ftyp",
    "WebM": rb"\x1a\x45\xdf\xa3",
    "ZIP": rb"PK\x03\x04",
}


class ImageRefused(ValueError):  # noqa: N818 - names the file, not a fault of the program
    """The file cannot be a picture of this site; the message says why."""


def recognised(file: IO[bytes]) -> str:
    """Returns the format as Pillow names it, and rewinds the file. Raises ImageRefused."""
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    if found := _first(PICTURES, head):
        return found
    allowed = {"allowed": ALLOWED}
    if not head:
        raise ImageRefused(_("The file is empty."))
    if found := _first(REFUSED, head):
        message = _("The file is %(kind)s. These are allowed: %(allowed)s.")
        raise ImageRefused(message % {"kind": found, **allowed})
    raise ImageRefused(_("The file is no picture of these formats: %(allowed)s.") % allowed)


def _first(patterns: dict[str, bytes], head: bytes) -> str | None:
    for name, pattern in patterns.items():
        if re.match(pattern, head, re.DOTALL | re.IGNORECASE):
            return name
    return None
