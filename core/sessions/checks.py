"""System checks of what the sessions need, and for `check --database` of their table or Redis.

A Redis that does not answer, or an account that may not use INFO, is no finding here.
"""

import re
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.cache import caches
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DEFAULT_DB_ALIAS, connection
from django.utils.module_loading import import_string

DATABASE, REDIS = "core.sessions.database", "core.sessions.redis"
DJANGO_REDIS = "django_redis.cache.RedisCache"
MIDDLEWARE = "core.sessions.middleware.SessionMiddleware"


@register()
def check_needs(**kwargs: Any) -> list[CheckMessage]:
    """core.E012: a package or a setting is missing."""
    on_redis = settings.SESSION_ENGINE == REDIS
    needed = ("msgspec", "redis", "django_redis") if on_redis else ("msgspec", "redis")
    absent = [name.replace("_", "-") for name in needed if find_spec(name) is None]
    found = [f"`pip install {' '.join(absent)}`"] if absent else list(missing_settings(on_redis))
    return [Error("Sessions cannot be stored.", hint=hint, id="core.E012") for hint in found]


def missing_settings(on_redis: bool) -> Iterator[str]:
    if MIDDLEWARE not in settings.MIDDLEWARE:
        yield f"Put {MIDDLEWARE!r} into MIDDLEWARE, in the place of Django's SessionMiddleware."
    if settings.SESSION_ENGINE not in (DATABASE, REDIS):
        yield f"Set SESSION_ENGINE to {REDIS!r} or {DATABASE!r}; it is {settings.SESSION_ENGINE!r}."
    if settings.SESSION_ENGINE == DATABASE and not apps.is_installed("django.contrib.sessions"):
        yield "Put 'django.contrib.sessions' into INSTALLED_APPS: its table holds the sessions."
    alias = settings.SESSION_CACHE_ALIAS
    cache = caches[alias] if alias in settings.CACHES else None
    if on_redis and not isinstance(cache, import_string(DJANGO_REDIS)):
        yield f"Give CACHES[{alias!r}] (SESSION_CACHE_ALIAS) the BACKEND {DJANGO_REDIS!r}."


@register(Tags.database)
def check_session_table(databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """core.W012: the database has tables, but not that of the sessions (an empty one is new)."""
    if settings.SESSION_ENGINE != DATABASE or DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    tables = connection.introspection.table_names()
    if not tables or "django_session" in tables:
        return []
    hint = "Run `python manage.py migrate`."
    return [Warning("The table of the sessions is missing.", hint=hint, id="core.W012")]


@register(Tags.database)
def check_session_redis(**kwargs: Any) -> list[CheckMessage]:
    if not kwargs.get("databases") or settings.SESSION_ENGINE != REDIS or check_needs():
        return []
    from django_redis import get_redis_connection
    from redis.exceptions import RedisError

    try:
        info: dict[str, Any] = get_redis_connection(settings.SESSION_CACHE_ALIAS).info()
    except RedisError:
        return []
    return [*check_capabilities(info), *check_eviction(info), *check_persistence(info)]


def check_capabilities(info: dict[str, Any]) -> Iterator[CheckMessage]:
    """core.E010: too old for GETEX. core.E011: a cluster, which splits a rotation's two keys."""
    version = str(info.get("redis_version", ""))
    if re.match(r"[0-5]\.|6\.[01]\.", version):
        hint = "Sessions need a Redis of version 6.2 or newer, or a Valkey."
        yield Error(f"Redis {version} is too old for sessions.", hint=hint, id="core.E010")
    if info.get("cluster_enabled"):
        hint = "Give the sessions a Redis that is not part of a cluster."
        yield Error("Sessions cannot be kept in a Redis Cluster.", hint=hint, id="core.E011")


def check_eviction(info: dict[str, Any]) -> Iterator[CheckMessage]:
    """core.W010: a full Redis evicts sessions."""
    policy = info.get("maxmemory_policy", "noeviction")
    if policy != "noeviction" and info.get("maxmemory"):
        hint = "Set `maxmemory-policy noeviction` in the Redis of the sessions."
        if is_shared():
            hint = "The cache fills the same Redis: give the sessions one of their own, with "
            hint += "`maxmemory-policy noeviction`."
        message = f"A full Redis signs people out: maxmemory-policy is {policy}."
        yield Warning(message, hint=hint, id="core.W010")


def is_shared() -> bool:
    """Whether a cache uses the same server, to which maxmemory and its policy belong."""
    own = settings.SESSION_CACHE_ALIAS
    servers = {alias: server_of(each.get("LOCATION")) for alias, each in settings.CACHES.items()}
    return own == "default" or servers.pop(own) in servers.values()


def server_of(url: Any) -> tuple[Any, ...]:
    """The address of the Redis in a URL: its socket file, or host and port."""
    from redis.connection import parse_url

    try:
        options = parse_url(url if isinstance(url, str) else "")  # type: ignore[no-untyped-call]
    except ValueError:
        return ()
    if "path" in options:
        return (options["path"],)
    return options.get("host", "localhost"), options.get("port", 6379)


def check_persistence(info: dict[str, Any]) -> Iterator[CheckMessage]:
    """core.W011: a restart loses sessions, all of them or those since the last snapshot."""
    if not info.get("aof_enabled", 1):
        message = "A restart of Redis signs people out: it does not write changes to disk."
        hint = "Set `appendonly yes`: each change is appended to a file, which reaches the disk "
        hint += "within a second. Snapshots (`save`) alone lose what is newer than the last."
        yield Warning(message, hint=hint, id="core.W011")
