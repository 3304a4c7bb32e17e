"""Finds what two sequences have in common, in bounded time.

Guarantees: the time grows with the length, not with its square: two texts of 100,000 characters
take about a second at most. Where the budget is used up, a range counts as replaced as a whole.

The patience algorithm (Bram Cohen): elements that occur once on either side and in the same order
divide the sequences; the ranges between them are divided again. difflib compares short ranges only,
as it takes quadratic time and more where elements repeat.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

STEPS = 2_000_000  # comparisons by difflib, some tenths of a second
DIVISIONS = 20  # how often the elements may be divided on average; anchors may come one at a time


class Match(NamedTuple):
    """The `size` elements from `old` of the one sequence and from `new` of the other are equal."""

    old: int
    new: int
    size: int


class Range(NamedTuple):
    old: int
    old_end: int
    new: int
    new_end: int


class Budget:
    def __init__(self, steps: int = STEPS) -> None:
        self.left = steps

    def spend(self, steps: int) -> bool:
        """Whether so many are left; then they are used up."""
        if steps > self.left:
            return False
        self.left -= steps
        return True


def matches(old: Sequence[Hashable], new: Sequence[Hashable], budget: Budget) -> list[Match]:
    """The equal ranges of `old` and `new` in their order, neighbours joined."""
    found: list[Match] = []
    visits = Budget(DIVISIONS * (len(old) + len(new)))
    waiting = [Range(0, len(old), 0, len(new))]
    while waiting:
        part, first, last = trimmed(old, new, waiting.pop())
        found += [first, last]
        if part.old == part.old_end or part.new == part.new_end:
            continue
        if not visits.spend(part.old_end - part.old + part.new_end - part.new):
            continue
        anchors = anchors_of(old, new, part)
        if anchors:
            waiting += between(anchors, part)
            found += anchors
        else:
            found += compared(old, new, part, budget)
    return list(joined(sorted(found)))


def trimmed(
    old: Sequence[Hashable], new: Sequence[Hashable], part: Range
) -> tuple[Range, Match, Match]:
    """The range without its equal beginning and end, and these two."""
    a, a_end, b, b_end = part
    while a < a_end and b < b_end and old[a] == new[b]:
        a, b = a + 1, b + 1
    while a < a_end and b < b_end and old[a_end - 1] == new[b_end - 1]:
        a_end, b_end = a_end - 1, b_end - 1
    first = Match(part.old, part.new, a - part.old)
    last = Match(a_end, b_end, part.old_end - a_end)
    return Range(a, a_end, b, b_end), first, last


def anchors_of(old: Sequence[Hashable], new: Sequence[Hashable], part: Range) -> list[Match]:
    """The longest row of elements that are unique on both sides and in the same order."""
    in_old, in_new = Counter(old[part.old : part.old_end]), Counter(new[part.new : part.new_end])
    place = {new[at]: at for at in range(part.new, part.new_end) if in_new[new[at]] == 1}
    pairs = [
        (at, place[old[at]])
        for at in range(part.old, part.old_end)
        if in_old[old[at]] == 1 and old[at] in place
    ]
    return [Match(a, b, 1) for a, b in longest_rising(pairs)]


def longest_rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest subsequence whose second numbers rise (patience sorting)."""
    ends: list[int] = []  # the smallest second number that ends a row of each length
    at_end: list[int] = []  # and the index of its pair
    before: list[int] = []
    for index, (_old, new) in enumerate(pairs):
        length = bisect_left(ends, new)
        before.append(at_end[length - 1] if length else -1)
        ends[length : length + 1] = [new]
        at_end[length : length + 1] = [index]
    found, index = [], at_end[-1] if at_end else -1
    while index >= 0:
        found.append(pairs[index])
        index = before[index]
    return found[::-1]


def between(anchors: list[Match], part: Range) -> Iterator[Range]:
    """The ranges before, between and behind the anchors."""
    old, new = part.old, part.new
    for anchor in anchors:
        yield Range(old, anchor.old, new, anchor.new)
        old, new = anchor.old + 1, anchor.new + 1
    yield Range(old, part.old_end, new, part.new_end)


def compared(
    old: Sequence[Hashable], new: Sequence[Hashable], part: Range, budget: Budget
) -> list[Match]:
    """The matches that difflib finds; none if it would take more steps than are left.

    It finds the longest match by going through all equal pairs, once for each match.
    """
    a, b = old[part.old : part.old_end], new[part.new : part.new_end]
    in_b = Counter(b)
    pairs = sum(in_b[each] for each in a)
    if not pairs or not budget.spend((len(a) + len(b) + pairs) * min(len(a), len(b), pairs)):
        return []
    blocks = SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
    return [Match(part.old + block.a, part.new + block.b, block.size) for block in blocks]


def joined(found: list[Match]) -> Iterator[Match]:
    """Neighbouring matches as one, without empty ones."""
    last = Match(0, 0, 0)
    for each in found:
        if each.size and (last.old + last.size, last.new + last.size) == each[:2]:
            last = Match(last.old, last.new, last.size + each.size)
        elif each.size:
            if last.size:
                yield last
            last = each
    if last.size:
        yield last
