"""Asks Redis with one command and waits for the answer, on the way of every request.

Promises: the connections are django-redis' (its address, login, TLS and time limits), kept here
between two commands; none is shared with a forked process. One that Redis has closed meanwhile is
opened anew before it is used. A command that was sent is never sent again, for nobody knows whether
it was carried out: SessionStoreUnavailable, and the connection is dropped. After that nobody waits:
the same error at once, until a thread in the background finds it answering.
"""

from functools import cache
from typing import Any

from django_redis import get_redis_connection
from redis.exceptions import MaxConnectionsError, NoScriptError, RedisError, ResponseError

from core.failures.redis_faults import is_outage
from core.redis_cache.cache_backend import Breaker
from core.sessions.merge import SessionStoreUnavailable
from core.sessions.session_counters import count
from core.workers.per_process import PerProcess, per_process

# The layers of Redis.execute_command() and of the pool would cost as much as the command itself.
idle: PerProcess[list[Any]] = per_process(list)


@cache
def pool() -> Any:
    """django-redis has one of each process, which minds forks itself."""
    return get_redis_connection("sessions").connection_pool


class WrongType(ResponseError):  # noqa: N818
    """A key that is no string: the mark of a rotation, or damage. There is no session."""


def ask(*words: Any) -> Any:
    """The answer: bytes, int, None or a list.

    Raises NoScriptError, WrongType, SessionStoreUnavailable, or ResponseError for a wrong command.
    """
    try:
        with breaker.guard():
            return converse(*words)
    except NoScriptError:
        raise
    except RedisError as error:
        if isinstance(error, ResponseError) and "WRONGTYPE" in str(error):
            raise WrongType(str(error)) from None
        if not is_outage(error):
            raise
        count("outages")
        raise SessionStoreUnavailable(str(error)) from error


def converse(*words: Any) -> Any:
    connection = take()
    try:
        connection.send_command(*words)
        answer = connection.read_response(disable_decoding=True)
    except ResponseError:
        keep(connection)
        raise
    except BaseException:  # whoever has it next must not read this answer
        connection.disconnect()
        pool().release(connection)
        raise
    keep(connection)
    return answer


def drop_idle() -> None:
    while idle():
        try:
            connection = idle().pop()
        except IndexError:  # another thread has taken it
            return
        connection.disconnect()
        pool().release(connection)


breaker = Breaker("sessions", lambda: converse("PING"), drop_idle)


def keep(connection: Any) -> None:
    """Half of what the pool may have at most: the cache may be in the same Redis."""
    if len(idle()) < pool().max_connections // 2:
        idle().append(connection)
    else:
        pool().release(connection)


def take() -> Any:
    """A connection that is open and has nothing to say."""
    try:
        connection = idle().pop()
    except IndexError:
        return borrow()
    if is_quiet(connection):
        return connection
    pool().release(connection)  # get_connection() opens it anew
    return borrow()


def borrow() -> Any:
    try:
        return pool().get_connection()
    except MaxConnectionsError as error:  # Redis answers: it is no reason to leave it alone
        raise SessionStoreUnavailable(str(error)) from error


def is_quiet(connection: Any) -> bool:
    try:
        return not connection.can_read()
    except (RedisError, OSError):
        return False
