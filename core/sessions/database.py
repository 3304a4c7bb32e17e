"""SESSION_ENGINE on the database: the default without Redis (Flask-Session: "sqlalchemy").

Promises: the same as on Redis, kept in Django's django_session table. The row's key is the
first 160 bits of the id's hash. Reading writes only when a tenth of the lifetime is over; saving
locks the row first. A database that does not answer raises its own error, which is a 503; one that
is read-only does so for writes only.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.db import IntegrityError, OperationalError, router, transaction
from django.db.models import QuerySet
from django.utils import timezone

from core.failures.read_only import read_only_variable
from core.sessions.backend import MOVED, MOVED_FOR
from core.sessions.store import Store

KEY_LENGTH = 40  # of the column


def rows(*id_hashes: str) -> QuerySet[Session]:
    """The sessions of these hashes that still live."""
    return marks_and_rows(*id_hashes).exclude(session_data=MOVED.decode())


def marks_and_rows(*id_hashes: str) -> QuerySet[Session]:
    keys = [each[:KEY_LENGTH] for each in id_hashes]
    alias = router.db_for_write(Session)
    return Session.objects.using(alias).filter(session_key__in=keys, expire_date__gt=timezone.now())


def after(ttl: float) -> datetime:
    return timezone.now() + timedelta(seconds=ttl)


class DatabaseShelf:
    def read(self, id_hash: str, ttl: int | None) -> bytes | None:
        row = marks_and_rows(id_hash).first()
        if row is None:
            return None
        if row.session_data == MOVED.decode():
            return MOVED
        if ttl is not None and row.expire_date < after(ttl * 0.9):
            self.prolong_if_writable(id_hash, ttl)
        return row.session_data.encode()

    def prolong(self, id_hash: str, ttl: int) -> None:
        rows(id_hash).update(expire_date=after(ttl))

    def prolong_if_writable(self, id_hash: str, ttl: int) -> None:
        """Leave it as old as it is on a server that is read-only: it can still be read."""
        try:
            self.prolong(id_hash, ttl)
        except OperationalError as error:
            if not read_only_variable(error):
                raise

    def add(self, id_hash: str, data: bytes, ttl: int) -> bool:
        alias = router.db_for_write(Session)
        row = Session(id_hash[:KEY_LENGTH], data.decode(), after(ttl))
        try:
            with transaction.atomic(using=alias):
                row.save(using=alias, force_insert=True)
        except IntegrityError:
            return False
        return True

    def swap(
        self, old: str, before: bytes, new: str, content: bytes | None, ttl: int
    ) -> bytes | bool:
        with transaction.atomic(using=(alias := router.db_for_write(Session))):
            row = rows(old).select_for_update().first()
            if row is None:
                return False
            if not (there := row.session_data.encode()).startswith(before):
                return there
            if content is None:
                rows(old).delete()
            else:
                rows(old).update(
                    session_key=new[:KEY_LENGTH],
                    session_data=content.decode(),
                    expire_date=after(ttl),
                )
            if content is not None and new != old:
                mark = Session(old[:KEY_LENGTH], MOVED.decode(), after(MOVED_FOR))
                mark.save(using=alias, force_insert=True)
            return True

    def read_all(self, id_hashes: Sequence[str]) -> dict[str, bytes]:
        found = dict(rows(*id_hashes).values_list("session_key", "session_data"))
        there = [each for each in id_hashes if each[:KEY_LENGTH] in found]
        return {each: found[each[:KEY_LENGTH]].encode() for each in there}

    def remove(self, id_hashes: Sequence[str]) -> list[str]:
        with transaction.atomic(using=router.db_for_write(Session)):
            there = rows(*id_hashes).select_for_update()
            keys = set(there.values_list("session_key", flat=True))
            if keys:
                rows(*keys).delete()
        return [each for each in id_hashes if each[:KEY_LENGTH] in keys]

    def clear_expired(self) -> None:
        alias = router.db_for_write(Session)
        Session.objects.using(alias).filter(expire_date__lte=timezone.now()).delete()


class SessionStore(Store):
    shelf = DatabaseShelf()
