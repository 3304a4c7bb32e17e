"""The difference of two texts: lines, and within changed lines the words (Chinese: characters)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import groupby
from typing import Any, NamedTuple

from django.contrib.admin.utils import label_for_field
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from articles.matching import Budget, Match, matches
from articles.models import TEXTS, Revision
from articles.reading_time import HAN, WORD

MOST_LINES = 3_000  # of a field; further ones are counted
CONTEXT = 2  # unchanged lines that are shown around a change
LEAST_ALIKE = 0.3  # below, changed lines are shown as removed and added as a whole
TOKEN = re.compile(rf"{HAN.pattern}|{WORD.pattern}|\n|[^\S\n]+|.")


class Kind(StrEnum):
    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"
    SKIPPED = "skipped"  # `number` of unchanged lines that are not shown
    CUT = "cut"  # `number` of lines beyond MOST_LINES


class Piece(NamedTuple):
    text: str
    is_changed: bool = False


class Line(NamedTuple):
    kind: Kind
    pieces: list[Piece] = []
    number: int = 0


class Change(NamedTuple):
    """A field that differs."""

    label: str
    lines: list[Line]


def changes_between(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """The fields of `models.TEXTS` that differ, with their lines."""
    budget = Budget()
    return [
        Change(label_of(name), lines_between(shown(old[name]), shown(new[name]), budget))
        for name in TEXTS
        if old[name] != new[name]
    ]


def label_of(name: str) -> str:
    return capfirst(str(label_for_field(name, Revision)))


def shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value).replace("\r\n", "\n")


def lines_between(old: str, new: str, budget: Budget | None = None) -> list[Line]:
    """The lines of both texts: removed, added, and the unchanged ones near a change."""
    budget = budget or Budget()
    a, b = old.split("\n"), new.split("\n")
    lines = list(_without_far(_all_lines(a, b, budget)))
    rest = len(lines) - MOST_LINES
    return [*lines[:MOST_LINES], Line(Kind.CUT, number=rest)] if rest > 0 else lines


def _all_lines(a: list[str], b: list[str], budget: Budget) -> Iterator[Line]:
    at_a = at_b = 0
    for match in [*matches(a, b, budget), Match(len(a), len(b), 0)]:
        yield from _replaced(a[at_a : match.old], b[at_b : match.new], budget)
        for line in a[match.old : match.old + match.size]:
            yield Line(Kind.SAME, [Piece(line)])
        at_a, at_b = match.old + match.size, match.new + match.size


def _replaced(removed: list[str], added: list[str], budget: Budget) -> Iterator[Line]:
    if not removed or not added or len(removed) + len(added) > MOST_LINES:
        yield from (Line(Kind.REMOVED, [Piece(line)]) for line in removed)
        yield from (Line(Kind.ADDED, [Piece(line)]) for line in added)
        return
    old, new = TOKEN.findall("\n".join(removed)), TOKEN.findall("\n".join(added))
    equal = matches(old, new, budget)
    alike = _ink(old[at] for match in equal for at in _range(match.old, match.size))
    if alike < LEAST_ALIKE * max(_ink(old), _ink(new)):
        equal = []
    in_old = {at for match in equal for at in _range(match.old, match.size)}
    in_new = {at for match in equal for at in _range(match.new, match.size)}
    yield from (Line(Kind.REMOVED, pieces) for pieces in _pieces(old, in_old))
    yield from (Line(Kind.ADDED, pieces) for pieces in _pieces(new, in_new))


def _ink(tokens: Iterable[str]) -> int:
    """The number of characters without blanks."""
    return sum(len(token) for token in tokens if not token.isspace())


def _range(start: int, size: int) -> range:
    return range(start, start + size)


def _pieces(tokens: list[str], same: set[int]) -> Iterator[list[Piece]]:
    """The pieces of each line: runs of equal and of changed tokens. All changed: one mark less."""
    whole = not same
    line: list[tuple[str, bool]] = []
    for at, token in enumerate(tokens):
        *ends, rest = token.split("\n")
        for end in ends:
            yield _runs([*line, (end, at not in same and not whole)])
            line = []
            token = rest
        line.append((rest, at not in same and not whole))
    yield _runs(line)


def _runs(line: list[tuple[str, bool]]) -> list[Piece]:
    runs = groupby((each for each in line if each[0]), key=lambda each: each[1])
    return [Piece("".join(text for text, _ in run), changed) for changed, run in runs]


def _without_far(lines: Iterator[Line]) -> Iterator[Line]:
    """The lines, but the number of those that are further than CONTEXT from a change."""
    groups = [
        (kind is Kind.SAME, list(run)) for kind, run in groupby(lines, lambda line: line.kind)
    ]
    for number, (is_same, run) in enumerate(groups):
        before = CONTEXT if is_same and number else 0
        after = CONTEXT if is_same and number < len(groups) - 1 else 0
        if not is_same or len(run) <= before + after + 1:
            yield from run
            continue
        yield from run[:before]
        yield Line(Kind.SKIPPED, number=len(run) - before - after)
        yield from run[len(run) - after :]
