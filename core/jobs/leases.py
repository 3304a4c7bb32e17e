"""The lock of a job over all hosts: a row with a deadline, which its holder prolongs.

Guarantees: one statement compares and writes, so of several processes one gets the lock. Deadlines
are of the database server's clock, so the clocks of the hosts do not matter. It works on every
database, SQLite included, and needs no connection while the job works.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import connection
from django.db.models import Q

from core.jobs.models import JobState
from core.sql import fetch_one

LEASE = timedelta(minutes=5)  # the longest that one batch of a job may take
CLOCKS = {
    "mysql": "SELECT UTC_TIMESTAMP(6) AS now",
    "sqlite": "SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now') AS now",
}


class LeaseLost(Exception):  # noqa: N818 - the state of a lock
    """A batch took longer than LEASE, and another process has begun the job."""


def database_now() -> datetime:
    """The time of the database server."""
    row = fetch_one(CLOCKS[connection.vendor], None) or {}
    now = row["now"]
    found = now if isinstance(now, datetime) else datetime.fromisoformat(now)
    return found.replace(tzinfo=UTC)


class Lease:
    def __init__(self, name: str) -> None:
        self.name, self.holder = name, uuid4().hex
        self.started_at: datetime | None = None

    def acquire(self) -> bool:
        """Whether the job is due, no other process runs it, and this one does now."""
        JobState.objects.get_or_create(name=self.name)
        now = database_now()
        is_free = Q(lease_until=None) | Q(lease_until__lt=now)
        is_due = Q(due_at=None) | Q(due_at__lte=now)
        waiting = JobState.objects.filter(is_free, is_due, name=self.name)
        self.started_at = now
        return bool(waiting.update(holder=self.holder, lease_until=now + LEASE, started_at=now))

    def renew(self) -> None:
        """Raises LeaseLost if another process holds the lock."""
        if not self._held().update(lease_until=database_now() + LEASE):
            raise LeaseLost(f"A batch of {self.name} took longer than {LEASE}.")

    def release(self, **values: Any) -> None:
        """Stores these values of the row, unless another process holds the lock."""
        self._held().update(holder="", lease_until=None, **values)

    def _held(self) -> Any:
        return JobState.objects.filter(name=self.name, holder=self.holder)
