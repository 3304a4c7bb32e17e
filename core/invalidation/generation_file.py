"""Lays out the file of generations, and keeps releases with another layout out of it.

While a release is rolled out, workers of two releases open one file. A subject's name alone decides
which generation is its own, so they agree on that. A release with another layout finds that the
file is not its own and takes one beside it: it hears of the other's writes as of another host's.
"""

import secrets
from functools import cache
from hashlib import sha256

from core.shared_memory.shared_words import WORD

LAYOUT = 2  # to be raised with each change of the places below
NEXT_LOOK = 0  # word 0: when somebody must look after the marks; 0: there are none
GENERATIONS = 1  # from word 1 on: the generations
COUNT = 59
ANY = 60  # renewed with each of them
LINK = 61  # renewed when the link to other hosts breaks or is back
HOME = 62  # where the rest was written
HOST = 63
MARKS = 64  # from word 64 on: pairs of who is writing, and which subjects
MARK_COUNT = 256  # far more writers at a time than connections
END = MARKS + 2 * MARK_COUNT
NO_MARKS = bytes(2 * MARK_COUNT * WORD)
LAYOUT_AT = END + 60  # in each layout; 0: a release without versions has written it
SIZE = LAYOUT_AT + 1
EVERYTHING = (1 << COUNT) - 1  # the subjects of other releases included


def own_name(name: str) -> str:
    """Of the file beside the one that another release uses."""
    return f"{name}.{LAYOUT}"


@cache
def bit(subject: str) -> int:
    """Which of the generations is this subject's, in every process, release and host. Two names may
    share one: a write to one subject then outdates the other too."""
    return 1 << int.from_bytes(sha256(subject.encode()).digest()[:8]) % COUNT


def renew(words: memoryview, mask: int) -> None:
    """A word is stored in one piece, so no reader sees half of one."""
    for at in positions(mask):
        words[GENERATIONS + at] = secrets.randbits(64)
    if mask:
        words[ANY] = secrets.randbits(64)


def clear(words: memoryview, at: int) -> None:
    words[at + 1] = 0
    words[at] = 0


def places() -> range:
    return range(MARKS, END, 2)


@cache
def positions(mask: int) -> tuple[int, ...]:
    return tuple(at for at in range(mask.bit_length()) if mask >> at & 1)
