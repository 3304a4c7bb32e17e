"""Refuses passwords that have leaked, by a file of their hashes (LOGIN_LEAKED_PASSWORDS).

The file is the one that Have I Been Pwned publishes "ordered by hash": a line `SHA-1:COUNT` for
each password, sorted. A binary search over its bytes reads about 35 lines of 40 GB; none is kept in
memory, and no password leaves the host.
"""

import hashlib
import logging
import os
import re
from typing import BinaryIO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LINE = re.compile(rb"([0-9A-Fa-f]{40})(:[0-9]{1,12})?\r?\n?")
LONGEST_LINE = 64  # bytes
SAMPLES = 100  # lines that the check of the file compares
logger = logging.getLogger(__name__)


class BadFile(Exception):  # noqa: N818 - says what the file is
    """The file cannot be read, or is not a sorted list of SHA-1 hashes."""


def is_leaked(password: str) -> bool:
    """Whether the file lists this password; False if the site has no such file.

    Raises BadFile.
    """
    path = settings.INKPOOL_LOGIN_LEAKED_PASSWORDS
    if not path:
        return False
    data = password.encode(errors="replace")
    digest = hashlib.sha1(data, usedforsecurity=False).hexdigest().upper().encode()
    try:
        with open(path, "rb") as file:
            return contains(file, digest)
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror}.") from None


def contains(file: BinaryIO, digest: bytes) -> bool:
    """Whether a line begins with this hash of 40 upper-case digits."""
    low, high = 0, file.seek(0, os.SEEK_END)
    while low < high:  # the line, if it exists, begins within [low, high)
        middle = (low + high) // 2
        start = go_to_line(file, middle)
        if start >= high:
            high = middle
            continue
        found = read_hash(file)
        if found == digest:
            return True
        low, high = (file.tell(), high) if found < digest else (low, middle)
    return False


def go_to_line(file: BinaryIO, offset: int) -> int:
    """Go to the first line that begins at `offset` or after it, and return where it begins."""
    file.seek(max(0, offset - 1))
    if offset:
        file.readline(LONGEST_LINE)
    return file.tell()


def read_hash(file: BinaryIO) -> bytes:
    line = file.readline(LONGEST_LINE)
    found = LINE.fullmatch(line)
    if not found:
        raise BadFile(f"{file.name} has a line that is no SHA-1 hash: {line[:50]!r}.")
    return found[1].upper()


def fault_of_file() -> str:
    """Why the file cannot be used; "" if it can, or if the site has none."""
    path = settings.INKPOOL_LOGIN_LEAKED_PASSWORDS
    if not path:
        return ""
    try:
        with open(path, "rb") as file:
            compare_samples(file)
    except OSError as error:
        return f"{path} cannot be read: {error.strerror}."
    except BadFile as error:
        return str(error)
    return ""


def compare_samples(file: BinaryIO) -> None:
    """Raises BadFile unless lines at equal distances are hashes in rising order."""
    size = file.seek(0, os.SEEK_END)
    if not size:
        raise BadFile(f"{file.name} is empty.")
    before, begins = b"", -1
    for sample in range(SAMPLES):
        start = go_to_line(file, size * sample // SAMPLES)
        if start >= size or start == begins:
            continue
        found, begins = read_hash(file), start
        if found <= before:
            raise BadFile(f"{file.name} is not sorted: {found!r} stands after {before!r}.")
        before = found


class LeakedPasswordValidator:
    """Refuses a new password that the file lists."""

    def validate(self, password: str, user: object = None) -> None:
        try:
            leaked = is_leaked(password)
        except BadFile as fault:
            logger.error("LOGIN_LEAKED_PASSWORDS: %s", fault)
            message = _("New passwords cannot be checked at the moment. Try again later.")
            raise ValidationError(message, "leaked_unknown") from None
        if leaked:
            message = _(
                "This password is in a list of passwords that were stolen from other sites. "
                "Choose another one, and change it wherever you use it."
            )
            raise ValidationError(message, "leaked")

    def get_help_text(self) -> str:
        if not settings.INKPOOL_LOGIN_LEAKED_PASSWORDS:
            return ""
        return _("It must not be in the list of passwords that were stolen from other sites.")
