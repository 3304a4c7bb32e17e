"""Counts the words of a text, and estimates how long it takes to read."""

import re
from typing import NamedTuple

HAN_PER_MINUTE = 350
WORDS_PER_MINUTE = 220
HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
WORD = re.compile(r"[^\W\u3400-\u9fff\uf900-\ufaff]+")


class Length(NamedTuple):
    """The number of Chinese characters and of other words."""

    han: int
    words: int

    @property
    def minutes(self) -> int:
        """Whole minutes to read it, at least one."""
        return max(1, round(self.han / HAN_PER_MINUTE + self.words / WORDS_PER_MINUTE))


def length_of(text: str) -> Length:
    """Counts a text in Chinese, English or both."""
    return Length(len(HAN.findall(text)), len(WORD.findall(text)))


def reading_minutes(text: str) -> int:
    return length_of(text).minutes
