"""Finds the rows of files that were moved unchanged, by the digest of their content.

Rows are compared blog by blog, as in `earlier_imports`: more than half of the rows that share a
beginning of their paths must be found again. A row whose own file still exists is left alone.
"""

import os
import socket
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence

from articles.importing.earlier_imports import (
    Beginning,
    Continued,
    Continues,
    Pair,
    Place,
    beginnings,
    is_most,
)
from articles.importing.sources import Source
from articles.models import ImportedFile

Digest = Callable[[Source], str]


def find_moved(
    rows: Sequence[ImportedFile],
    files: Sequence[Source],
    continued: Sequence[Continued],
    digest: Digest,
    continues: Continues,
) -> list[Continued]:
    """Returns the rows, not yet continued, whose files have moved; each row and file once."""
    paired = [pair.row for place in continued for pair in place.pairs]
    done = {row.pk for row in paired}
    free = [row for row in rows if row.pk not in done]
    pairs = list(_pairs(free, files, digest, continues)) if free else []
    sizes = Counter(start for row in rows for start in beginnings(row))
    found = Counter(
        start for row in [*paired, *(p.row for p in pairs)] for start in beginnings(row)
    )
    moved: defaultdict[Place, list[Pair]] = defaultdict(list)
    for pair in pairs:
        if start := _blog_of(pair.row, found, sizes):
            moved[Place(*start, "")].append(pair)
    return [Continued(place, of_place) for place, of_place in moved.items()]


def is_there(row: ImportedFile) -> bool:
    """Whether the file of a row is still where it was imported from, on this machine."""
    host, _colon, folder = row.folder.partition(":")
    if row.source and host != socket.gethostname():
        return False
    path = os.path.join(folder, row.path)
    return any(os.path.lexists(unicodedata.normalize(form, path)) for form in ("NFC", "NFD"))


def _pairs(
    rows: Sequence[ImportedFile], files: Sequence[Source], digest: Digest, continues: Continues
) -> Iterator[Pair]:
    same: defaultdict[str, list[Source]] = defaultdict(list)
    for file in files:
        same[digest(file)].append(file)
    for row in rows:
        of_row = same.get(row.file_digest)
        if of_row and continues(of_row[-1], row) and not is_there(row):
            yield Pair(row, of_row.pop())


def _blog_of(
    row: ImportedFile, found: Counter[Beginning], sizes: Counter[Beginning]
) -> Beginning | None:
    """The beginning most of whose rows were found, or None.

    A folder with one file proves nothing, unless the blog has only that file.
    """
    is_only_file = sizes[row.source, ""] == 1
    starts = [
        start
        for start in beginnings(row)
        if (is_only_file or sizes[start] > 1) and is_most(found[start], sizes[start])
    ]
    return max(starts, key=lambda start: (found[start], len(start[1])), default=None)
