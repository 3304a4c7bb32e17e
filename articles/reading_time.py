"""Estimates how long a text takes to read."""

import re

HAN_PER_MINUTE = 350
WORDS_PER_MINUTE = 220
HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
WORD = re.compile(r"[^\W\u3400-\u9fff\uf900-\ufaff]+")


def reading_minutes(text: str) -> int:
    """Returns whole minutes, at least one; the text may be Chinese, English or both."""
    han, words = len(HAN.findall(text)), len(WORD.findall(text))
    return max(1, round(han / HAN_PER_MINUTE + words / WORDS_PER_MINUTE))
