"""Runs the jobs that are due, one after the other, and stores how each run ended.

Guarantees: a job that fails keeps no other from running, and is tried again after RETRY. A stopped
run ends after its batch, and the job stays due.
"""

import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from threading import Event
from typing import Any, NamedTuple

from django.db.models import F
from django.utils.translation import gettext as _

from core.jobs.job_registry import Job, registered_jobs
from core.jobs.leases import Lease, LeaseLost, database_now

logger = logging.getLogger(__name__)
RETRY = timedelta(minutes=5)  # until a failed job is tried again, if it is not due earlier
LONGEST_ERROR = 500  # characters that are stored and shown


class Run(NamedTuple):
    """A run of a job: the number of rows it has changed, how long it took, and its error or ""."""

    name: str
    done: int
    seconds: float
    error: str = ""
    stopped: bool = False

    def __str__(self) -> str:
        if self.error:
            line = _("%(name)s: failed after %(seconds).2f s: %(error)s")
        elif self.stopped:
            line = _("%(name)s: stopped after %(seconds).2f s, %(done)d rows changed")
        else:
            line = _("%(name)s: %(done)d rows changed in %(seconds).2f s")
        return line % self._asdict()


def run_due(stopping: Event | None = None) -> Iterator[Run]:
    """Runs each job that is due and that no other process runs; none is begun once it is stopping.

    Raises django.db.DatabaseError if the locks cannot be read or written.
    """
    stopping = stopping or Event()
    for job in registered_jobs():
        if stopping.is_set():
            return
        lease = Lease(job.name)
        if lease.acquire():
            yield run_job(job, lease, stopping)


def run_job(job: Job, lease: Lease, stopping: Event) -> Run:
    began, done, error, is_over = time.monotonic(), 0, "", False
    work = iter(job.work())
    try:
        for number in work:
            done += number
            lease.renew()
            if stopping.is_set():
                break
        else:
            is_over = True
    except LeaseLost as lost:
        error = str(lost)
    except Exception as failure:  # of the job, which must not end the others
        logger.exception("The job %s failed.", job.name)
        error = f"{type(failure).__name__}: {failure}"[:LONGEST_ERROR]
    finally:
        seconds = time.monotonic() - began
        run = Run(job.name, done, seconds, error, stopped=not (is_over or error))
        lease.release(**state_after(run, job, lease))
    return run


def state_after(run: Run, job: Job, lease: Lease) -> dict[str, Any]:
    """The values that the row of a job has after a run."""
    now = database_now()
    if run.error:
        due_at = now + min(RETRY, job.every)
    else:
        due_at = now if run.stopped else (lease.started_at or now) + job.every
    return {
        "due_at": due_at,
        "ended_at": now,
        "seconds": run.seconds,
        "done": run.done,
        "error": run.error,
        "runs": F("runs") + 1,
        "failures": F("failures") + bool(run.error),
    }
