"""Lays out the file of core/generations.py, and keeps releases with another layout out of it.

While a release is rolled out, workers of two releases open one file. Each checks what the header
says: the version of the layout, and which subject has which place. Where that is not what it counts
itself, it takes a file of its own beside it, and hears of the other's writes as of another host's.
"""

import secrets
from collections.abc import Collection
from functools import cache
from hashlib import sha256

from core.shared_file import WORD

LAYOUT = 1  # to be raised with each change of the places below
NEXT_LOOK = 0  # word 0: when somebody must look after the marks; 0: there are none
GENERATIONS = 1  # from word 1 on: a generation for each subject
MOST = 60
LINK = 61  # renewed when the link to other hosts breaks or is back
HOME = 62  # where the rest was written
HOST = 63
MARKS = 64  # from word 64 on: pairs of who is writing, and which subjects
MARK_COUNT = 256  # far more writers at a time than connections
END = MARKS + 2 * MARK_COUNT
NO_MARKS = bytes(2 * MARK_COUNT * WORD)
NAMES = END  # from here on a digest of each subject's name; 0: nobody has the place
LAYOUT_AT = NAMES + MOST
SIZE = LAYOUT_AT + 1


def claim(words: memoryview, subjects: Collection[str]) -> bool:
    """Write what these subjects' places are; False if another release has said otherwise.

    A release that adds a subject behind the others shares the file with one that has not got it.
    """
    wanted = {LAYOUT_AT: LAYOUT}
    wanted |= {NAMES + at: number(name) for at, name in enumerate(subjects)}
    if any(words[at] not in (0, value) for at, value in wanted.items()):
        return False
    for at, value in wanted.items():
        words[at] = value
    return True


def disown(words: memoryview) -> None:
    """Forget whose places they were: the file is a copy, or of before the machine was started."""
    for at in range(NAMES, SIZE):
        words[at] = 0


def own_name(name: str, subjects: Collection[str]) -> str:
    """Of the file beside the one that another release uses."""
    return f"{name}.{LAYOUT}.{sha256(chr(0).join(subjects).encode()).hexdigest()[:8]}"


def number(name: str) -> int:
    """64 bits, never 0."""
    return int.from_bytes(sha256(name.encode()).digest()[:8]) | 1


def renew(words: memoryview, mask: int) -> None:
    """A word is stored in one piece, so no reader sees half of one."""
    for at in positions(mask):
        words[GENERATIONS + at] = secrets.randbits(64)


def clear(words: memoryview, at: int) -> None:
    words[at + 1] = 0
    words[at] = 0


def places() -> range:
    return range(MARKS, END, 2)


@cache
def positions(mask: int) -> tuple[int, ...]:
    return tuple(at for at in range(mask.bit_length()) if mask >> at & 1)
