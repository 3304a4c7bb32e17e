"""System checks of the Redis that keeps the sessions, for `check --database`.

A Redis that does not answer is reported by core.E002, and an account that may not use INFO is no
finding.
"""

import re
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django_redis import get_redis_connection
from redis.connection import parse_url
from redis.exceptions import RedisError


@register(Tags.database)
def check_session_redis(**kwargs: Any) -> list[CheckMessage]:
    if not (kwargs.get("databases") and settings.INKPOOL_SESSION_REDIS_URL):
        return []
    try:
        info: dict[str, Any] = get_redis_connection("sessions").info()
    except RedisError:
        return []
    return [*check_capabilities(info), *check_eviction(info), *check_persistence(info)]


def check_capabilities(info: dict[str, Any]) -> list[CheckMessage]:
    """core.E010: too old for GETEX. core.E011: a cluster, which splits a rotation's two keys."""
    version = str(info.get("redis_version", ""))
    found: list[CheckMessage] = []
    if re.match(r"[0-5]\.|6\.[01]\.", version):
        hint = "Give SESSION_REDIS_URL a Redis of version 6.2 or newer, or a Valkey."
        found += [Error(f"Redis {version} is too old for sessions.", hint=hint, id="core.E010")]
    if info.get("cluster_enabled"):
        hint = "Give SESSION_REDIS_URL a Redis that is not part of a cluster."
        found += [Error("Sessions cannot be kept in a Redis Cluster.", hint=hint, id="core.E011")]
    return found


def check_eviction(info: dict[str, Any]) -> list[CheckMessage]:
    """core.W010: a full Redis evicts sessions."""
    policy = info.get("maxmemory_policy", "noeviction")
    if policy == "noeviction" or not info.get("maxmemory"):
        return []
    # maxmemory and its policy belong to the instance, whatever number the database has.
    shared = instance_of(settings.INKPOOL_SESSION_REDIS_URL) == instance_of(
        settings.INKPOOL_CACHE_URL
    )
    return [
        Warning(
            f"A full Redis signs people out: maxmemory-policy is {policy}.",
            hint="The cache fills the same Redis: give the sessions one of their own by "
            "SESSION_REDIS_URL, with `maxmemory-policy noeviction`."
            if shared
            else "Set `maxmemory-policy noeviction` in the Redis of SESSION_REDIS_URL.",
            id="core.W010",
        )
    ]


def instance_of(url: str | None) -> tuple[Any, ...]:
    """The address of the Redis in a URL: its socket file, or host and port."""
    try:
        options = parse_url(url or "")  # type: ignore[no-untyped-call]
    except ValueError:
        return ()
    if "path" in options:
        return (options["path"],)
    return options.get("host", "localhost"), options.get("port", 6379)


def check_persistence(info: dict[str, Any]) -> list[CheckMessage]:
    """core.W011: a restart loses sessions, all of them or those since the last snapshot."""
    if info.get("aof_enabled", 1):
        return []
    return [
        Warning(
            "A restart of Redis signs people out: it does not write changes to disk.",
            hint="Set `appendonly yes`: each change is appended to a file, which reaches the "
            "disk within a second. Snapshots (`save`) alone lose what is newer than the last.",
            id="core.W011",
        )
    ]
