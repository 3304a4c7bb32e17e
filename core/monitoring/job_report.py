"""The last run of each job, as the database holds it, for /readyz and /metrics."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from core.jobs.job_registry import registered_jobs

LAST_RUNS = """
    SELECT name, ended_at, seconds, done, error, runs, failures FROM jobs_jobstate
"""


class LastRun(NamedTuple):
    """`ended_at` is None for a job that has not run yet; `seconds` is how long the run took."""

    name: str
    ended_at: datetime | None = None
    seconds: float = 0.0
    done: int = 0
    error: str = ""
    runs: int = 0
    failures: int = 0


def last_runs(connection: Any) -> list[LastRun]:
    """One for each registered job. Raises django.db.DatabaseError."""
    with connection.cursor() as cursor:
        cursor.execute(LAST_RUNS)
        found = {row[0]: LastRun(row[0], as_moment(row[1]), *row[2:]) for row in cursor.fetchall()}
    return [found.get(job.name) or LastRun(job.name) for job in registered_jobs()]


def as_moment(value: datetime | str | None) -> datetime | None:
    """SQLite gives a text, MySQL a moment without its zone, which is UTC."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC) if moment else None


def job_states(runs: list[LastRun]) -> dict[str, Any]:
    """The part of /readyz: when each job last ended; a failed one is a reason to look."""
    found: dict[str, Any] = {
        "jobs": {run.name: run.ended_at and run.ended_at.isoformat() for run in runs}
    }
    if failed := [run.name for run in runs if run.error]:
        found["reason"] = f"failed jobs: {' '.join(failed)}"
    return found


def job_rows(runs: list[LastRun]) -> dict[str, dict[str, Any]]:
    """The numbers for /metrics, by the name of the job; a job that has not run has no moment."""
    return {
        run.name: {
            "ended": run.ended_at.timestamp() if run.ended_at else None,
            "seconds": run.seconds if run.ended_at else None,
            "done": run.done if run.ended_at else None,
            "is_failed": int(bool(run.error)),
            "ok": run.runs - run.failures,
            "failed": run.failures,
        }
        for run in runs
    }
