"""Which tables changed, known to every worker of this host (Flask has no counterpart).

A memory of rows or pages reads the generation of what it will show, then the database; it may
serve what it keeps for as long as that generation stands. A writer marks his transaction
before its first write, and gives his subjects a new generation once it is committed.

Promises: what was written is noticed by the next read on every worker, since the numbers stand
in memory that all of them share (a file in RUN_DIR); a generation never returns, for it is
random; a writer that is killed between commit and new generation leaves a mark, which costs the
others a second at most, in whatever container he was. So does a file that is removed, replaced
or overwritten: it is begun anew. Reading takes well under a microsecond and no lock. A RUN_DIR
that cannot be used at the start raises ImproperlyConfigured with the reason.
"""

import logging
import os
import secrets
import threading
from collections.abc import Collection, Iterable
from contextlib import suppress
from functools import cache, reduce
from operator import or_
from pathlib import Path
from time import monotonic_ns
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from core.invalidation.generation_file import (
    ANY,
    END,
    EVERYTHING,
    GENERATIONS,
    HOME,
    HOST,
    LAYOUT,
    LAYOUT_AT,
    LINK,
    MARKS,
    NEXT_LOOK,
    NO_MARKS,
    SIZE,
    bit,
    clear,
    own_name,
    places,
    positions,
    renew,
)
from core.shared_memory.shared_words import WORD, SharedFile
from core.subjects import names

logger = logging.getLogger(__name__)
PATIENCE = 1.0  # seconds that a writer waits to be alone
LOOK_AFTER = 500_000_000  # nanoseconds between two looks; a process and the host add up


class Mark(NamedTuple):
    """Of one writer; the file may not be the one of today."""

    file: SharedFile
    at: int


class Generations:
    """The shared numbers of one site.

    `path` is the file; `subjects` are the names it is asked for, by default those of the installed
    models. Raises OSError when the file cannot be opened.
    """

    everything = EVERYTHING

    def __init__(self, path: Path, subjects: Collection[str] | None = None) -> None:
        self._subjects = subjects
        self._path, self._name, self._is_lost = path, str(path), False
        self._mapping = threading.Lock()
        self._map()
        os.register_at_fork(after_in_child=self._forked)

    def _map(self, before: SharedFile | None = None, *, is_child: bool = False) -> None:
        """The file as it is found there. What its numbers were is nobody's business if it is a
        copy, damaged or fresh, or if another one was used `before`: they would return."""
        file = SharedFile(self._path, SIZE)
        if before and is_child:
            before.leave()  # first of all: another thread of the parent may have been alone
            self._use(file)
        with file.alone():
            is_known = file.words[HOME] == file.home
            if not is_known:
                file.words[LAYOUT_AT], file.words[HOST] = LAYOUT, secrets.randbits(62)
                file.words[HOME] = file.home
            is_ours = file.words[LAYOUT_AT] == LAYOUT
            if is_ours and (not is_known or (before and before.place != file.place)):
                renew(file.words, self.everything)
        if is_ours:
            self._use(file)
            self._is_lost = False
            self.look_after()
        else:
            self._map_beside(file, before, is_child=is_child)

    def _map_beside(self, file: SharedFile, before: SharedFile | None, *, is_child: bool) -> None:
        """A release with another layout uses the file that was found."""
        file.leave()
        self._path = self._path.with_name(own_name(self._path.name))
        self._name = str(self._path)
        self._map(before, is_child=is_child)

    def _use(self, file: SharedFile) -> None:
        self._file, self._words = file, file.words
        self._any_and_link = file.words[ANY : LINK + 1]
        self._look_at = next_look()

    def _forked(self) -> None:
        """A child has a number of its own, and the parent's must end with him."""
        self._mapping = threading.Lock()
        self._map_anew(is_child=True)

    def _map_anew(self, *, is_child: bool = False) -> None:
        """Never raises: where that fails, those who run go on with the file they have."""
        try:
            self._map(self._file, is_child=is_child)
        except OSError as error:
            if not self._is_lost:
                logger.error("%s is lost, and cannot be made: %s", self._path, error.strerror)
            self._is_lost = True

    def _follow(self) -> None:
        """Is the file still the one that others find, and whole?"""
        if self._is_right():
            return
        with self._mapping:
            if not self._is_right():
                self._map_anew()

    def _is_right(self) -> bool:
        return self._file.is_at(self._name) and self._file.words[HOME] == self._file.home

    def _look(self) -> None:
        """Once in LOOK_AFTER in each process that reads."""
        self._look_at = next_look()
        self._follow()
        due = self._words[NEXT_LOOK]
        if due and not monotonic_ns() < due <= next_look():  # or it is no time at all
            self.look_after(due)

    @property
    def bits(self) -> dict[str, int]:
        known = names() if self._subjects is None else self._subjects
        return {subject: bit(subject) for subject in known}

    def mask(self, subjects: Iterable[str]) -> int:
        """Subjects as a set of bits. Raises KeyError for an unknown one."""
        bits = self.bits
        return reduce(or_, (bits[subject] for subject in subjects), 0)

    def read(self, mask: int) -> tuple[int, ...]:
        """The generations of these subjects; equal later means that nothing was written."""
        if monotonic_ns() > self._look_at:
            self._look()
        words = self._words
        return tuple(words[GENERATIONS + at] for at in positions(mask))

    @property
    def link(self) -> int:
        """Another number once the link to other hosts has broken, or is back."""
        return self._words[LINK]

    def stamp(self) -> bytes:
        """What each write to any subject changes, to be compared with a later stamp."""
        if monotonic_ns() > self._look_at:
            self._look()
        return self._any_and_link.tobytes()

    def bump(self, mask: int) -> None:
        """A new generation, where the others look for it."""
        self._follow()
        renew(self._words, mask & self.everything)

    def bump_all(self) -> None:
        self.bump(self.everything)

    def bump_link(self) -> None:
        """What is kept holds no longer, though no write is known: others may have written."""
        self._follow()
        self._words[LINK] = secrets.randbits(64)

    @property
    def host(self) -> int:
        """A number of this host and site, which all of its processes share, and no copy."""
        return self._words[HOST] % (1 << 62) ^ self._file.home

    def begin(self, mask: int) -> Mark | None:
        """Mark a write that is about to happen; returns what end() and widen() take.

        None with all marks taken, or while a process is stopped that was alone: only a writer
        killed at the wrong moment would then go unnoticed, for 60 seconds.
        """
        self._follow()
        file, words = self._file, self._file.words
        with suppress(BlockingIOError), file.alone(PATIENCE):
            at = next((at for at in places() if not words[at]), None)
            if at is None:
                return None
            words[at + 1], words[at] = mask, file.me
            latest = next_look()
            if not 0 < words[NEXT_LOOK] <= latest:
                words[NEXT_LOOK] = latest
            return Mark(file, at)
        return None

    def is_being_written(self) -> bool:
        """Is there a mark? What it stands for may be committed already, and be known to those
        whom the database has told, before it has its new generation."""
        if monotonic_ns() > self._look_at:
            self._look()
        words = self._words
        return bool(words[NEXT_LOOK]) and words[MARKS:END].tobytes() != NO_MARKS

    def widen(self, mark: Mark | None, mask: int) -> None:
        """The same transaction writes further subjects too."""
        if mark:
            mark.file.words[mark.at + 1] |= mask

    def end(self, mark: Mark | None, mask: int) -> None:
        """It is committed or undone: a new generation first, only then no mark any more."""
        self.bump(mask)
        self.forget(mark)

    def forget(self, mark: Mark | None) -> None:
        """Nothing came of it. Takes no lock: the collector may call it at any moment."""
        if mark and mark.file.words[mark.at] == mark.file.me:
            clear(mark.file.words, mark.at)

    def look_after(self, due: int | None = None) -> None:
        """Finish for those who died; at most one look in LOOK_AFTER while somebody writes.

        Of many who saw that the look was `due`, one looks; no reader waits for who is alone.
        """
        file, words = self._file, self._file.words
        with suppress(BlockingIOError), file.alone(patience=0):
            if due not in (None, words[NEXT_LOOK]):
                return
            taken = [at for at in places() if words[at]]
            for at in taken:
                if not file.is_alive(words[at]):
                    renew(words, words[at + 1] & self.everything)
                    clear(words, at)
            words[NEXT_LOOK] = next_look() if taken else 0


def writes_of(stamp: bytes) -> bytes:
    """The part of a stamp that only a write changes."""
    return stamp[:-WORD]


def next_look() -> int:
    return monotonic_ns() + LOOK_AFTER


@cache
def generations() -> Generations:
    """This site's. Raises ImproperlyConfigured when RUN_DIR cannot be used."""
    path = settings.INKPOOL_RUN_DIR / "generations"
    try:
        return Generations(path)
    except OSError as error:
        is_file = isinstance(error, FileExistsError)
        reason = " is not a folder" if is_file else f": {error.strerror}"
        raise ImproperlyConfigured(
            f"RUN_DIR={str(settings.INKPOOL_RUN_DIR)!r} cannot be used: {error.filename or path}"
            f"{reason}; it must be a folder that every worker of this site may write to."
        ) from error
