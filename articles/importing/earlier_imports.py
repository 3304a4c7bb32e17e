"""Finds the articles of earlier imports that the files of a folder continue.

A row of an earlier import has another place when the folder was moved, cloned, imported from
higher up or lower down, or given a name; rows from before sources had names hold the absolute
path. Where a row and a file end in the same path, the beginnings before it are compared: rows that
share a beginning are one blog, and more than half of them must be found again, unchanged or with
the same author, title and date. Single files that resemble each other, such as Hexo's
hello-world.md, prove nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from articles.importing.sources import Source
from articles.models import ImportedFile

Continues = Callable[[Source, ImportedFile], bool]
Beginning = tuple[str, str]  # the name of a blog, and what paths of its rows begin with


class Place(NamedTuple):
    """The beginnings of the paths of rows and of files; one of the two is empty."""

    source: str
    of_rows: str
    of_files: str


class Pair(NamedTuple):
    row: ImportedFile
    file: Source


class Continued(NamedTuple):
    place: Place
    pairs: list[Pair]


def find_continued(
    rows: Sequence[ImportedFile], files: Sequence[Source], continues: Continues
) -> list[Continued]:
    """Returns the rows that files continue, by place; each row and each file at most once."""
    sizes = Counter(place for row in rows for place in beginnings(row))
    found, taken = [], set[object]()
    for place, pairs in _by_size(_pairs(rows, files)):
        free = [pair for pair in pairs if taken.isdisjoint((pair.row.pk, pair.file.path))]
        size = sizes[place.source, place.of_rows]
        if is_most(len(free), size) and is_most(sum(continues(p.file, p.row) for p in free), size):
            found.append(Continued(place, free))
            taken.update(part for pair in free for part in (pair.row.pk, pair.file.path))
    return found


def merge(first: Sequence[Continued], more: Sequence[Continued]) -> list[Continued]:
    """Returns both lists as one, with the pairs of the same rows' place together."""
    merged: dict[Beginning, Continued] = {}
    for place, pairs in (*first, *more):
        known = merged.setdefault((place.source, place.of_rows), Continued(place, []))
        known.pairs.extend(pairs)
    return list(merged.values())


def is_most(found: int, size: int) -> bool:
    """Whether more than half of `size` rows were found."""
    return 2 * found > size


def beginnings(row: ImportedFile) -> Iterator[Beginning]:
    """The beginnings of a row's path, from nothing to its whole folder."""
    return ((row.source, start) for start, _end in _cuts(row.path))


def _by_size(pairs: Iterable[tuple[Place, Pair]]) -> list[tuple[Place, list[Pair]]]:
    places: defaultdict[Place, list[Pair]] = defaultdict(list)
    for place, pair in pairs:
        places[place].append(pair)
    return sorted(places.items(), key=lambda item: (-len(item[1]), item[0]))


def _pairs(rows: Sequence[ImportedFile], files: Sequence[Source]) -> Iterator[tuple[Place, Pair]]:
    file_at = {file.path: file for file in files}
    rows_at: defaultdict[str, list[ImportedFile]] = defaultdict(list)
    for row in rows:
        rows_at[row.path].append(row)
        for start, end in _cuts(row.path):
            if file := file_at.get(end):
                yield Place(row.source, start, ""), Pair(row, file)
    for file in files:
        for start, end in _cuts(file.path):
            for row in rows_at[end] if start and end in rows_at else ():
                yield Place(row.source, "", start), Pair(row, file)


def _cuts(path: str) -> Iterator[tuple[str, str]]:
    """Splits `a/b/c` into ("", a/b/c), (a/, b/c), (a/b/, c)."""
    yield "", path
    for index, character in enumerate(path):
        if character == "/":
            yield path[: index + 1], path[index + 1 :]
