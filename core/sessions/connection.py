"""Sends one Redis command and reads its answer, on a connection kept between commands.

The connections are django-redis' own, with its address, login, TLS and time limits; a forked
process shares none of them. One that Redis has closed in between is opened again before it is used.
A command is sent once: without an answer it is unknown whether it was carried out, so the
connection is dropped and SessionStoreUnavailable raised. After that, commands fail at once until a
background thread has reached Redis again.
"""

from functools import cache
from typing import Any

from django_redis import get_redis_connection
from redis.exceptions import MaxConnectionsError, NoScriptError, RedisError, ResponseError

from core.failures.redis_faults import is_outage
from core.redis_cache.circuit_breaker import Breaker
from core.sessions.backend import SessionStoreUnavailable, count
from core.workers.per_process import PerProcess, per_process

# Redis.execute_command() and the pool's own bookkeeping would cost as much as the command itself.
idle: PerProcess[list[Any]] = per_process(list)


@cache
def pool() -> Any:
    """django-redis' pool, which handles forks by itself."""
    return get_redis_connection("sessions").connection_pool


class WrongType(ResponseError):  # noqa: N818
    """The key holds no string: it marks a rotation, or is damaged. There is no session."""


def execute(*words: Any) -> Any:
    """The answer to a command: bytes, int, None or a list.

    Raises NoScriptError, WrongType, SessionStoreUnavailable, or ResponseError for a wrong command.
    """
    try:
        with breaker.guard():
            return send(*words)
    except NoScriptError:
        raise
    except RedisError as error:
        if isinstance(error, ResponseError) and "WRONGTYPE" in str(error):
            raise WrongType(str(error)) from None
        if not is_outage(error):
            raise
        count("outages")
        raise SessionStoreUnavailable(str(error)) from error


def send(*words: Any) -> Any:
    connection = check_out()
    try:
        connection.send_command(*words)
        answer = connection.read_response(disable_decoding=True)
    except ResponseError:
        check_in(connection)
        raise
    except BaseException:  # its unread answer must not be taken for that of the next command
        close(connection)
        raise
    check_in(connection)
    return answer


def close(connection: Any) -> None:
    connection.disconnect()
    pool().release(connection)


def close_idle() -> None:
    while idle():
        try:
            connection = idle().pop()
        except IndexError:  # another thread has taken the last one
            return
        close(connection)


breaker = Breaker("sessions", lambda: send("PING"), close_idle)


def check_in(connection: Any) -> None:
    """Keep the connection, but at most half of the pool: the cache may use the same Redis."""
    if len(idle()) < pool().max_connections // 2:
        idle().append(connection)
    else:
        pool().release(connection)


def check_out() -> Any:
    """An open connection without unread data."""
    try:
        connection = idle().pop()
    except IndexError:
        return from_pool()
    if is_usable(connection):
        return connection
    pool().release(connection)  # get_connection() opens it again
    return from_pool()


def from_pool() -> Any:
    try:
        return pool().get_connection()
    except MaxConnectionsError as error:  # Redis itself answers, so the breaker must stay closed
        raise SessionStoreUnavailable(str(error)) from error


def is_usable(connection: Any) -> bool:
    try:
        return not connection.can_read()
    except (RedisError, OSError):
        return False
