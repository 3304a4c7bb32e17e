"""What a Redis must be told before it may keep sessions, as system checks with ids.

Promises: asked with `check --database` only; a Redis that does not answer is core.E002's to
tell, and an account that may not ask INFO is no warning.
"""

import re
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django_redis import get_redis_connection
from redis.connection import parse_url
from redis.exceptions import RedisError


@register(Tags.database)
def redis_keeps_sessions(**kwargs: Any) -> list[CheckMessage]:
    if not (kwargs.get("databases") and settings.INKPOOL_SESSION_REDIS_URL):
        return []
    try:
        facts: dict[str, Any] = get_redis_connection("sessions").info()
    except RedisError:
        return []
    return [*cannot(facts), *may_drop(facts), *may_forget(facts)]


def cannot(facts: dict[str, Any]) -> list[CheckMessage]:
    """core.E010: one too old for GETEX; core.E011: a cluster, where a rotation has two nodes."""
    version = str(facts.get("redis_version", ""))
    found: list[CheckMessage] = []
    if re.match(r"[0-5]\.|6\.[01]\.", version):
        hint = "Give SESSION_REDIS_URL a Redis of version 6.2 or newer, or a Valkey."
        found += [Error(f"Redis {version} is too old for sessions.", hint=hint, id="core.E010")]
    if facts.get("cluster_enabled"):
        hint = "Give SESSION_REDIS_URL a Redis that is not part of a cluster."
        found += [Error("Sessions cannot be kept in a Redis Cluster.", hint=hint, id="core.E011")]
    return found


def may_drop(facts: dict[str, Any]) -> list[CheckMessage]:
    """core.W010: a full Redis makes room by dropping sessions."""
    policy = facts.get("maxmemory_policy", "noeviction")
    if policy == "noeviction" or not facts.get("maxmemory"):
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
    """Which Redis an address names, without account, number of the database and options."""
    try:
        options = parse_url(url or "")  # type: ignore[no-untyped-call]
    except ValueError:
        return ()
    if "path" in options:
        return (options["path"],)
    return options.get("host", "localhost"), options.get("port", 6379)


def may_forget(facts: dict[str, Any]) -> list[CheckMessage]:
    """core.W011: a restart forgets sessions, all of them or those since the last snapshot."""
    if facts.get("aof_enabled", 1):
        return []
    return [
        Warning(
            "A restart of Redis signs people out: it does not write down what it is told.",
            hint="Set `appendonly yes`: each change is appended to a file, which reaches the "
            "disk within a second. Snapshots (`save`) alone lose what is newer than the last.",
            id="core.W011",
        )
    ]
