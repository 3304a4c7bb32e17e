"""SESSION_ENGINE on the database, the default without Redis (Flask-Session: "sqlalchemy").

Sessions are rows of Django's django_session table; the key is the first 160 bits of the id's
hash. A read writes only when a tenth of the lifetime is over; a save locks the row first. While
the database is read-only, sessions are read but not prolonged. A database that does not answer
raises its own error, which becomes a 503.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.db import IntegrityError, OperationalError, connections, router, transaction
from django.db.models import QuerySet
from django.utils import timezone

from core.failures.read_only import read_only_variable
from core.sessions.backend import ROTATED, ROTATED_FOR
from core.sessions.store import Store

KEY_LENGTH = 40  # of the column
MARKER = ROTATED.decode()  # stored in the row of an id that was replaced
READ = """SELECT session_data, expire_date < %s FROM django_session
    WHERE session_key = %s AND expire_date > %s"""


def rows(*id_hashes: str) -> QuerySet[Session]:
    """The sessions with these hashes that have not expired."""
    keys = [each[:KEY_LENGTH] for each in id_hashes]
    there = Session.objects.using(router.db_for_write(Session)).exclude(session_data=MARKER)
    return there.filter(session_key__in=keys, expire_date__gt=timezone.now())


def after(ttl: float) -> datetime:
    return timezone.now() + timedelta(seconds=ttl)


class DatabaseBackend:
    def read(self, id_hash: str, ttl: int | None) -> bytes | None:
        """By SQL: each request of a reader takes this query, and the ORM would take longer to
        build it than the database to answer it."""
        connection = connections[router.db_for_write(Session)]
        moments = after((ttl or 0) * 0.9), timezone.now()
        soon, now = map(connection.ops.adapt_datetimefield_value, moments)
        with connection.cursor() as cursor:
            cursor.execute(READ, [soon, id_hash[:KEY_LENGTH], now])
            row = cursor.fetchone()
        if row is None:
            return None
        data, is_late = row
        if data == MARKER:
            return ROTATED
        if ttl is not None and is_late:
            self.prolong(id_hash, ttl)
        return data.encode()

    def prolong(self, id_hash: str, ttl: int) -> None:
        try:
            rows(id_hash).update(expire_date=after(ttl))
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

    def replace(
        self, old: str, prefix: bytes, new: str, data: bytes | None, ttl: int
    ) -> bytes | bool:
        with transaction.atomic(using=(alias := router.db_for_write(Session))):
            row = rows(old).select_for_update().first()
            if row is None:
                return False
            if not (stored := row.session_data.encode()).startswith(prefix):
                return stored
            if data is None:
                rows(old).delete()
                return True
            rows(old).update(
                session_key=new[:KEY_LENGTH], session_data=data.decode(), expire_date=after(ttl)
            )
            if new != old:
                marker = Session(old[:KEY_LENGTH], MARKER, after(ROTATED_FOR))
                marker.save(using=alias, force_insert=True)
            return True

    def read_all(self, id_hashes: Sequence[str]) -> dict[str, bytes]:
        found = dict(rows(*id_hashes).values_list("session_key", "session_data"))
        existing = [each for each in id_hashes if each[:KEY_LENGTH] in found]
        return {each: found[each[:KEY_LENGTH]].encode() for each in existing}

    def remove(self, id_hashes: Sequence[str]) -> list[str]:
        with transaction.atomic(using=router.db_for_write(Session)):
            locked = rows(*id_hashes).select_for_update()
            keys = set(locked.values_list("session_key", flat=True))
            if keys:
                rows(*keys).delete()
        return [each for each in id_hashes if each[:KEY_LENGTH] in keys]

    def clear_expired(self) -> None:
        alias = router.db_for_write(Session)
        Session.objects.using(alias).filter(expire_date__lte=timezone.now()).delete()


class SessionStore(Store):
    backend = DatabaseBackend()
