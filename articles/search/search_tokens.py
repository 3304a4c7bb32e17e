"""Turns a text or a query into tokens for the full-text index of MySQL, MariaDB or SQLite.

Letters are compared without case, accents and width, and traditional Chinese characters as
simplified ones. A word is one token. A run of Chinese, Japanese or Korean characters, which has no
blanks between its words, gives a token for each pair of neighbours and one for its last character:
so a run in a query is a phrase of pairs, and a single character is the beginning of a token.

Tokens consist of ASCII letters and digits, at least three of them, and are no stop words: each
database's own parser keeps them as they are. MariaDB has no parser for Chinese (MDEV-10267).
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from hashlib import blake2s
from itertools import pairwise
from typing import NamedTuple

from opencc import OpenCC

from core.db.text import fold

VERSION = 1  # raised when a text gives other tokens than before: then `rebuild_search` is needed
LONGEST_WORD = 60  # characters; InnoDB ignores tokens of more than 84
CJK = (
    "\u3005-\u3007\u3041-\u3096\u3099\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U000323af"
)
LETTER = rf"[^\W_{CJK}]"
_run = re.compile(rf"(?P<cjk>[{CJK}]+)|{LETTER}+(?:\+\+|\#(?!\w))?")  # C++ and C# are words
_marks = "[\u0300-\u036f\u3099\u309a\uff9e\uff9f]"  # at most 8: folding a run is quadratic
_cluster = re.compile(rf"(?s).{_marks}{{0,8}}")
_not_plain = re.compile(rf"[\x00-\x7f]{_marks}{{1,8}}|[^\x00-\x7f]{_marks}{{0,8}}")


class Run(NamedTuple):
    """A word, or a sequence of CJK characters, in a folded text."""

    text: str
    is_cjk: bool


class Folded(NamedTuple):
    """A folded text; character i of it comes from `starts[i]` to `ends[i]` of the original."""

    text: str
    starts: list[int]
    ends: list[int]


def fold_text(text: str) -> str:
    """Returns the text in the form in which texts and queries are compared."""
    return _not_plain.sub(lambda found: _fold_cluster(found[0]), text).lower()


def fold_with_positions(text: str, until: int | None = None) -> Folded:
    """Returns fold_text(text), with the place of each character in `text`.

    It takes ten times as long. So it stops once it has `until` characters.
    """
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for found in _cluster.finditer(text):
        part = fold_text(found[0])
        parts.append(part)
        starts += [found.start()] * len(part)
        ends += [found.end()] * len(part)
        if until is not None and len(starts) >= until:
            break
    return Folded("".join(parts), starts, ends)


def runs(folded: str) -> Iterator[Run]:
    """Yields the words and the CJK runs of a folded text, in its order."""
    for found in _run.finditer(folded):
        yield Run(found[0], found["cjk"] is not None)


def tokens(run: Run) -> list[str]:
    """Returns the tokens of a word or a CJK run."""
    if not run.is_cjk:
        return [_word_token(run.text)]
    codes = [_code(character) for character in run.text]
    pairs = [f"z{first}{second}" for first, second in pairwise(codes)]
    return [*pairs, f"z{codes[-1]}"]


def index_text(text: str) -> str:
    """Returns all tokens of a text, separated by blanks."""
    return " ".join(token for run in runs(fold_text(text)) for token in tokens(run))


@lru_cache(maxsize=65536)
def _fold_cluster(cluster: str) -> str:
    """fold() removes blanks at the end, which separate words."""
    if cluster.isspace():
        return " "
    simplified: str = _converter().convert(fold(cluster))
    return simplified


@cache
def _converter() -> OpenCC:
    """Characters are converted one by one, so that a text and a part of it give the same."""
    return OpenCC("t2s")


@lru_cache(maxsize=65536)
def _code(character: str) -> str:
    """Four hexadecimal digits, or `g` and five: no code is the beginning of another one."""
    number = ord(character)
    return f"{number:04x}" if number < 0x10000 else f"g{number:05x}"


def _word_token(word: str) -> str:
    if word.isascii() and word.isalnum() and len(word) <= LONGEST_WORD:
        return f"w0{word}"
    return f"x0{blake2s(word.encode(errors='replace'), digest_size=10).hexdigest()}"
