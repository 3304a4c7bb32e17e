"""What core.sql wants of the pool (Flask: the notes' SQLHelper.open and close).

Promises: a connection borrowed for one call goes back with it, unless the call has begun what
lasts longer: a transaction, a lock, a user variable. A stream has a connection of its own,
which a reader who breaks off costs: what is left is not fetched, the connection is closed.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError

from core.mysql_pool.release import EarlyRelease


class RawSQL(EarlyRelease):
    @contextmanager
    def for_one_call(self) -> Iterator[None]:
        """As with RELEASE=transaction, if there was no connection before."""
        early = self.releases_early
        self.releases_early = early or self.connection is None
        try:
            yield
        finally:
            self.releases_early = early

    @contextmanager
    def unbuffered(self) -> Iterator[Any]:
        """A cursor whose rows stay on the server until they are fetched."""
        wrapper: Any = self
        if self.in_atomic_block or (self.connection is not None and not self.autocommit):
            with wrapper._cursor(name="unbuffered") as cursor:
                yield cursor
            return
        self._release()  # two connections for one thread could leave many threads without
        # Not copy(): a password that is read anew is to be known to both.
        own = type(wrapper)(wrapper.settings_dict, wrapper.alias)
        own.inc_thread_sharing()  # a response may be sent by another thread
        try:
            with own._cursor(name="unbuffered") as cursor:
                yield from _until_broken_off(own, cursor)
        finally:
            own.close()


def _until_broken_off(wrapper: Any, cursor: Any) -> Iterator[Any]:
    try:
        yield cursor
    except DatabaseError:
        raise
    except BaseException:
        if wrapper.connection is not None:  # in a forked child it is the parent's
            _sever(wrapper.connection.dbapi_connection)
        raise


def _sever(connection: Any) -> None:
    """What the server still sends is not read; the pool's reset will fail, and close it."""
    connection.dirty = True
    with socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)
