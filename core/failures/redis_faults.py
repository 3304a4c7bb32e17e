"""Names the fault of a Redis, from the exception that redis-py has raised.

    fault(error)            "full", "timeout" …, or "" for a command that was itself wrong
    is_outage(error)        whether Redis cannot carry out the command in its present state
    refuses_writes(error)   whether it can still be read

The names are the values of `class` in /metrics and of `redis` in /readyz; docs/faults.md
lists them.
"""

import re

from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    BusyLoadingError,
    MaxConnectionsError,
    RedisError,
    ResponseError,
    TimeoutError,
)
from redis.exceptions import ConnectionError as RedisConnectionError

# The first word of an error reply. Redis 6.2 puts it inside the message of a failed script.
BY_REPLY = {
    "OOM": "full",
    "READONLY": "readonly",
    "MISCONF": "disk",
    "NOREPLICAS": "replicas",
    "NOAUTH": "auth",
    "WRONGPASS": "auth",
    "NOPERM": "auth",
    "LOADING": "loading",
    "BUSY": "busy",
    "MASTERDOWN": "primary",
    "CLUSTERDOWN": "primary",
    "TRYAGAIN": "primary",
}
REPLIES = re.compile(rf"\b({'|'.join(BY_REPLY)})\b")
TOO_MANY_CLIENTS = "max number of clients reached"
# For errors that carry no such word. The first class that fits counts.
BY_CLASS: tuple[tuple[type[RedisError], str], ...] = (
    (MaxConnectionsError, "clients"),
    (BusyLoadingError, "loading"),
    (AuthenticationError, "auth"),
    (AuthorizationError, "auth"),
    (RedisConnectionError, "unreachable"),
    (TimeoutError, "timeout"),
)
OTHER = "other"
FAULTS = ("unreachable", "timeout", "loading", "clients", "auth", "full", "readonly", "disk",
          "replicas", "busy", "primary", OTHER)  # fmt: skip
READ_FAULTS = {"full", "readonly", "disk", "replicas"}  # those that refuse writes only


def fault(error: BaseException | None) -> str:
    """The name of the fault, one of FAULTS; "" for other errors and for a wrong command."""
    if not isinstance(error, RedisError):
        return ""
    if found := fault(error.__cause__):  # SessionStoreUnavailable is raised from redis-py's own
        return found
    text = f"{error.status_code or ''} {error}"
    if isinstance(error, ResponseError):
        reply = REPLIES.search(text)
        return BY_REPLY[reply[1]] if reply else ""
    if TOO_MANY_CLIENTS in text:
        return "clients"
    return next((name for kind, name in BY_CLASS if isinstance(error, kind)), OTHER)


def is_outage(error: BaseException | None) -> bool:
    return fault(error) != ""


def refuses_writes(error: BaseException | None) -> bool:
    return fault(error) in READ_FAULTS
