"""A generation per cache subject, shared by all workers of this host (Flask has no counterpart).

A cached result is stored with the generations as they were before the database was read, and counts
while they stand. A writer marks its subjects as pending before its first write, and gives them new
generations after the commit.

Guarantees: a write is seen by the next read of every worker; reading takes well under a
microsecond and no lock. A generation is random, so none ever returns. A pending mark has a
deadline, renewed by each statement and by the commit: of a writer that was killed, the readers
give its subjects new generations after DEADLINE + LOOK_EVERY. A file that is removed, replaced or
overwritten begins anew within LOOK_EVERY, with new generations. A release with another LAYOUT has a
file of its own and learns of writes as another host does.
"""

import logging
import secrets
from collections.abc import Iterable
from contextlib import suppress
from functools import cache, reduce
from hashlib import sha256
from operator import or_
from pathlib import Path
from time import monotonic_ns
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from core.shared_memory.shared_words import WORD, SharedFile, locked, place, shared_file
from core.subjects import names

logger = logging.getLogger(__name__)
SECOND = 1_000_000_000  # nanoseconds
DEADLINE = 23 * SECOND // 2  # longer than a statement of a worker may take (read_timeout, 10 s)
MARGIN = SECOND  # before its deadline a writer no longer touches its mark
LOOK_EVERY = SECOND // 2
PATIENCE = 1.0  # seconds that a writer waits for the lock
LAYOUT = 4  # raised with each change of the words below
FILE_NAME = f"generations-{LAYOUT}"
NUMBER = (
    0  # the file's own number, written last: what is in a copy or a damaged file does not count
)
FIRST, COUNT = 1, 59  # the generations
ANY = 60  # renewed with each of them
LINK = 61  # renewed when the link to other hosts breaks or is back
MARKS, MARK_COUNT = 64, 256  # the deadlines of pending writes; 0: free
SUBJECTS = MARKS + MARK_COUNT  # of each mark
HEARD, HEARD_COUNT = SUBJECTS + MARK_COUNT, 256  # the numbers of messages that were heard last
SIZE = HEARD + HEARD_COUNT
NO_MARKS = bytes(MARK_COUNT * WORD)
EVERYTHING = (1 << COUNT) - 1  # the subjects of other releases included


class Mark(NamedTuple):
    """A pending write; `deadline` in nanoseconds of the monotonic clock."""

    words: memoryview  # of the file that it was made in, which may have been replaced
    at: int
    deadline: int

    def is_held(self) -> bool:
        """False once others may free it, or have."""
        return monotonic_ns() < self.deadline - MARGIN and self.words[self.at] == self.deadline


class Generations:
    """The generations of one site, in the file `path`. Raises OSError when it cannot be opened."""

    def __init__(self, path: Path) -> None:
        self._path, self._is_lost = path, False
        self._use(shared_file(path, SIZE))

    def _use(self, file: SharedFile, *, is_another: bool = False) -> None:
        """Take `file` into use. Two processes may begin it anew: neither's numbers return."""
        words = file.words
        if words[NUMBER] != file.number:
            words[MARKS:SUBJECTS] = memoryview(NO_MARKS).cast("Q")
        if is_another or words[NUMBER] != file.number:
            renew(words, EVERYTHING)
        words[NUMBER] = file.number
        self._file, self._words = file, words
        self._any_and_link, self._marks = words[ANY : LINK + 1], words[MARKS:SUBJECTS]
        self._next_look = monotonic_ns() + LOOK_EVERY

    def _follow(self) -> None:
        """Use the file that others find under the path. Never raises: while there is none and none
        can be made, this process keeps the one it has."""
        try:
            if place(self._path) == self._file.place and self._words[NUMBER] == self._file.number:
                return
        except OSError:
            pass
        try:
            file = shared_file(self._path, SIZE)
            self._use(file, is_another=file.place != self._file.place)
            self._is_lost = False
        except OSError as error:
            if not self._is_lost:
                logger.error("%s is lost, and cannot be made: %s", self._path, error.strerror)
            self._is_lost = True

    def _look(self) -> None:
        self._next_look = monotonic_ns() + LOOK_EVERY
        self._follow()
        if self._marks.tobytes() != NO_MARKS:
            self.end_expired()

    def end_expired(self) -> None:
        """Finish for writers that were killed. One process does it, and none waits for it."""
        words, now = self._words, monotonic_ns()
        with suppress(OSError), locked(self._path, patience=0):
            for at in range(MARKS, SUBJECTS):
                if words[at] and not now < words[at] <= now + DEADLINE:
                    renew(words, words[at + MARK_COUNT])
                    words[at] = 0

    def mask(self, subjects: Iterable[str]) -> int:
        """Subjects as a set of bits. Raises KeyError for one of no installed model."""
        chosen = set(subjects)
        if unknown := chosen - names():
            raise KeyError(*sorted(unknown))
        return reduce(or_, map(bit, chosen), 0)

    @property
    def host(self) -> int:
        """A number that all processes of this host and site share, and no copy of the file."""
        return self._file.number

    @property
    def link(self) -> int:
        """Another number once the link to other hosts has broken, or is back."""
        return self._words[LINK]

    def read(self, mask: int) -> tuple[int, ...]:
        """The generations of these subjects; equal later means that nothing was written."""
        if monotonic_ns() > self._next_look:
            self._look()
        words = self._words
        return tuple(words[FIRST + at] for at in positions(mask))

    def stamp(self) -> bytes:
        """Changed by each write to any subject; to be compared with a later stamp."""
        if monotonic_ns() > self._next_look:
            self._look()
        return self._any_and_link.tobytes()

    def is_being_written(self) -> bool:
        """Is a write pending? It may be committed already and have no new generation yet."""
        if monotonic_ns() > self._next_look:
            self._look()
        return self._marks.tobytes() != NO_MARKS

    def bump(self, mask: int) -> None:
        """Give these subjects new generations."""
        self._follow()
        renew(self._words, mask & EVERYTHING)

    def hear(self, message: int, mask: int) -> bool:
        """Give these subjects new generations for a message from another host, once for all workers
        of this one. It is noted last: if a worker is killed in between, another does it again."""
        if is_first := not self.has_heard(message):
            self.bump(mask)
            self._words[HEARD + message % HEARD_COUNT] = message
        return is_first

    def has_heard(self, message: int) -> bool:
        """Of the last messages; a worker that lags far behind may take one for new."""
        return self._words[HEARD + message % HEARD_COUNT] == message

    def bump_link(self) -> None:
        """Outdate every result, though no write is known: other hosts may have written."""
        self._follow()
        self._words[LINK] = secrets.randbits(64)

    def begin(self, mask: int) -> Mark | None:
        """Mark a write that is about to happen; the result is for extend(), end() and forget().

        None while all marks are taken or the lock is not to be had: if such a writer is killed
        between its commit and the new generation, its write shows after 60 seconds.
        """
        self._follow()
        words = self._words
        with suppress(OSError), locked(self._path, PATIENCE):
            for at in range(MARKS, SUBJECTS):
                if not words[at]:
                    words[at + MARK_COUNT] = mask
                    words[at] = deadline = monotonic_ns() + DEADLINE
                    return Mark(words, at, deadline)
        return None

    def extend(self, mark: Mark | None, mask: int) -> Mark | None:
        """The transaction goes on: its deadline is put off. `mask` holds all its subjects, since a
        mark that is no longer held is made anew."""
        if mark is None:
            return None
        if not mark.is_held():
            return self.begin(mask)
        mark.words[mark.at + MARK_COUNT] |= mask
        mark.words[mark.at] = deadline = monotonic_ns() + DEADLINE
        return mark._replace(deadline=deadline)

    def end(self, mark: Mark | None, mask: int) -> None:
        """The write is committed: new generations first, and only then no mark any more."""
        self.bump(mask)
        self.forget(mark)

    def forget(self, mark: Mark | None) -> None:
        """The write was undone. Takes no lock: the garbage collector may call it at any moment."""
        if mark and mark.is_held():
            mark.words[mark.at] = 0


@cache
def bit(subject: str) -> int:
    """Which of the generations is this subject's, in every process, release and host. Two names may
    share one: a write to one subject then outdates the other too."""
    return 1 << int.from_bytes(sha256(subject.encode()).digest()[:8]) % COUNT


@cache
def positions(mask: int) -> tuple[int, ...]:
    return tuple(at for at in range(COUNT) if mask >> at & 1)


def renew(words: memoryview, mask: int) -> None:
    for at in positions(mask):
        words[FIRST + at] = secrets.randbits(64)
    if mask:
        words[ANY] = secrets.randbits(64)


def writes_of(stamp: bytes) -> bytes:
    """The part of a stamp that only a write changes."""
    return stamp[:-WORD]


@cache
def generations() -> Generations:
    """This site's. Raises ImproperlyConfigured when RUN_DIR cannot be used."""
    path = settings.INKPOOL_RUN_DIR / FILE_NAME
    try:
        return Generations(path)
    except OSError as error:
        is_file = isinstance(error, FileExistsError)
        reason = " is not a folder" if is_file else f": {error.strerror}"
        raise ImproperlyConfigured(
            f"RUN_DIR={str(settings.INKPOOL_RUN_DIR)!r} cannot be used: {error.filename or path}"
            f"{reason}; it must be a folder that every worker of this site may write to."
        ) from error
