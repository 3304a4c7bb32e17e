"""The jobs that the apps have registered.

    def purge_trash() -> Iterator[int]:
        while batch := ...:
            yield delete(batch)             # how many rows this batch has changed

    register_job("purge_trash", purge_trash, every=timedelta(hours=1))      in AppConfig.ready()

A job works in batches of a few seconds, each committed before its `yield`: there the lock is
renewed, and there a stopped process ends the job. The next run continues, so a job must be safe to
repeat from the beginning.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import NamedTuple

Work = Callable[[], Iterable[int]]
LONGEST_NAME = 100  # characters


class Job(NamedTuple):
    name: str
    work: Work
    every: timedelta


_jobs: dict[str, Job] = {}


def register_job(name: str, work: Work, *, every: timedelta) -> None:
    """Runs `work` once in `every`. Raises ValueError for a name or a time that is not allowed."""
    if not name.isidentifier() or len(name) > LONGEST_NAME:
        raise ValueError(f"A job's name is an identifier of at most {LONGEST_NAME} characters.")
    if every <= timedelta(0):
        raise ValueError(f"The job {name} needs a positive time between two runs, not {every}.")
    _jobs[name] = Job(name, work, every)


def registered_jobs() -> list[Job]:
    """The jobs in the order of their names."""
    return [_jobs[name] for name in sorted(_jobs)]
