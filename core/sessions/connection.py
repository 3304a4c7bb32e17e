"""Sends one Redis command and reads its answer, on a connection kept between commands.

The connections are made by django-redis' pool, with its address, login, TLS and time limits; a
forked process shares none of them. One that Redis has closed in between is opened again before it
is used. A command is sent once: without an answer it is unknown whether it was carried out, so the
connection is closed and SessionStoreUnavailable raised. After that, commands fail at once until a
background thread has reached Redis again.
"""

from contextlib import suppress
from functools import cache
from typing import Any

from django.conf import settings
from django_redis import get_redis_connection
from redis.exceptions import MaxConnectionsError, RedisError, ResponseError

from core.failures.redis_faults import is_outage
from core.redis_cache.circuit_breaker import Breaker
from core.sessions.backend import SessionStoreUnavailable, count
from core.workers.per_process import PerProcess, per_process

# Checking a connection out of redis-py's pool and in again takes as long as a GETEX itself.
idle: PerProcess[list[Any]] = per_process(list)


@cache
def pool() -> Any:
    return get_redis_connection(settings.SESSION_CACHE_ALIAS).connection_pool


class WrongType(ResponseError):  # noqa: N818
    """The key holds no string: it marks a rotation, or is damaged. There is no session."""


def execute(*words: Any) -> Any:
    """The answer to a command: bytes, int, None or a list.

    Raises WrongType, SessionStoreUnavailable, or ResponseError for a wrong command.
    """
    try:
        with breaker.guard():
            return send(*words)
    except RedisError as error:
        if isinstance(error, ResponseError) and "WRONGTYPE" in str(error):
            raise WrongType(str(error)) from None
        if not is_outage(error):
            raise
        count("outages")
        raise SessionStoreUnavailable(str(error)) from error


def send(*words: Any) -> Any:
    connection = idle_or_new()
    try:
        connection.connect()
        if is_stale(connection):
            connection.disconnect()  # send_command() opens it again
        connection.send_command(*words)
        return connection.read_response(disable_decoding=True)
    except ResponseError:  # it has been read to its end
        raise
    except BaseException:  # the unread answer must not be taken for that of the next command
        connection.disconnect()
        raise
    finally:
        idle().append(connection)


def idle_or_new() -> Any:
    with suppress(IndexError):
        return idle().pop()
    try:
        return pool().make_connection()
    except MaxConnectionsError as error:  # Redis itself answers, so the breaker must stay closed
        raise SessionStoreUnavailable(str(error)) from error


def is_stale(connection: Any) -> bool:
    """Whether Redis has closed it, or it holds an unread answer."""
    try:
        return bool(connection.can_read())
    except (RedisError, OSError):
        return True


def close_idle() -> None:
    """Close the idle connections; each is opened again at its next use."""
    closed = []
    with suppress(IndexError):  # another thread may take the last one
        while True:
            closed.append(idle().pop())
            closed[-1].disconnect()
    idle().extend(closed)


breaker = Breaker(lambda: send("PING"), close_idle)
