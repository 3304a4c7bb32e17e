"""System checks of the pool's settings, and of the server's settings that it depends on.

Guarantees: checks that ask the server run with `check --database` only, and report nothing if it
cannot be reached. A refused option is core.E030, without a traceback.
"""

import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections

from core.mysql_pool.pool_options import pool_options
from core.mysql_pool.pool_settings import pool_setting

RESERVE = 10  # connections for commands, migrations, monitoring and an administrator
PROXY_LIMIT = 30  # seconds; load balancers often have 30, nginx has 60
VARIABLES = ("max_connections", "max_user_connections", "wait_timeout", "max_allowed_packet")

NOT_LASTING = re.compile(
    r"^\s*(BEGIN|START\s+TRANSACTION|SET\s+NAMES)\b|\bautocommit\b", re.IGNORECASE
)


@register()
def pool_settings(**kwargs: Any) -> list[CheckMessage]:
    return [
        message for alias in pooled() for message in check_settings(connections.settings[alias])
    ]


@register(Tags.database)
def pool_and_server(**kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for alias in set(kwargs.get("databases") or ()) & set(pooled()):
        try:
            found += check_server(connections.settings[alias], server_variables(alias))
        except (DatabaseError, ImproperlyConfigured):  # the command that asks next says so
            continue
    return found


def pooled() -> list[str]:
    return [
        alias
        for alias, entry in connections.settings.items()
        if entry["ENGINE"] == "core.mysql_pool"
    ]


def server_variables(alias: str) -> dict[str, int]:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"@@{name}" for name in VARIABLES))
        return dict(zip(VARIABLES, cursor.fetchone(), strict=True))


def check_settings(entry: dict[str, Any]) -> list[CheckMessage]:
    try:
        options = pool_options(entry)
    except ImproperlyConfigured as error:
        hint = "Correct the DB_POOL_ variable, or DATABASES in the settings."
        return [Error(str(error), hint=hint, id="core.E030")]
    return [
        *_of_limits(entry, options),
        *_of_threads(options),
        *_of_transactions(entry, options),
    ]


def _of_limits(entry: dict[str, Any], options: dict[str, Any]) -> Iterator[CheckMessage]:
    if entry.get("CONN_HEALTH_CHECKS"):
        yield Warning(
            "CONN_HEALTH_CHECKS has no effect on pooled connections.",
            hint="Remove it: DB_POOL_PING says when the pool checks a connection.",
            id="core.W030",
        )
    in_worker = {**entry.get("WORKER_OPTIONS", {}), **entry["OPTIONS"]}
    for name in ("connect_timeout", "read_timeout", "write_timeout"):
        if not in_worker.get(name):
            yield Warning(
                f"Without {name}, a database server that freezes blocks each thread for ever.",
                hint=f"Give {name} in seconds, in OPTIONS or (for workers) WORKER_OPTIONS.",
                id="core.W031",
            )
    if entry["OPTIONS"].get("read_timeout"):
        yield Warning(
            f"A statement of a migration fails after {entry['OPTIONS']['read_timeout']} s.",
            hint="Move read_timeout from OPTIONS to WORKER_OPTIONS, which commands do not have.",
            id="core.W032",
        )
    if options["BLOCKING"] and options["TIMEOUT"] >= PROXY_LIMIT:
        yield Warning(
            f"A proxy answers 504 before a request has waited {options['TIMEOUT']} s.",
            hint=f"Set DB_POOL_TIMEOUT below the proxy's limit: many have {PROXY_LIMIT} s.",
            id="core.W033",
        )


def _of_threads(options: dict[str, Any]) -> Iterator[CheckMessage]:
    threads, cap = pool_setting("INKPOOL_THREADS"), options["MAX_CONNECTIONS"]
    if threads <= cap:
        yield Warning(
            f"{cap} connections for {threads} threads of a worker: while the database does not "
            "answer, queries can occupy all of them, and probes and pages in memory wait too.",
            hint=f"Set GRANIAN_BLOCKING_THREADS (gunicorn: threads) to {cap + 1} or more, or "
            f"DB_POOL_MAX_CONNECTIONS below {threads}.",
            id="core.W042",
        )


def _of_transactions(entry: dict[str, Any], options: dict[str, Any]) -> Iterator[CheckMessage]:
    if entry.get("ATOMIC_REQUESTS") and options["RELEASE"] == "transaction":
        yield Warning(
            "DB_POOL_RELEASE=transaction gains nothing: each request is one transaction.",
            hint="Switch ATOMIC_REQUESTS off, and use atomic() where it is needed.",
            id="core.W034",
        )
    level = entry["OPTIONS"].get("isolation_level", "read committed")
    if not level or level.lower() != "read committed":
        yield Warning(
            f"isolation_level is {level!r}: within a transaction get_or_create() may neither "
            "make a row nor find the one that another request has just made.",
            hint='Set it to "read committed" in OPTIONS: that is Django\'s default.',
            id="core.W035",
        )
    for statement in options["SET_SESSION"]:
        if NOT_LASTING.search(statement):
            yield Warning(
                f"DB_POOL_SET_SESSION: the effect of {statement!r} does not last.",
                hint="Remove it: use atomic() for transactions; the driver sets the character set.",
                id="core.W036",
            )


def check_server(entry: dict[str, Any], server: dict[str, int]) -> list[CheckMessage]:
    options = pool_options(entry)
    return [*_of_room(options, server), *_of_time_and_size(options, server)]


def _of_room(options: dict[str, Any], server: dict[str, int]) -> Iterator[CheckMessage]:
    limits = [server["max_connections"], server["max_user_connections"]]
    room = min(limit for limit in limits if limit)  # 0: the account has no limit of its own
    workers = pool_setting("INKPOOL_HOSTS") * pool_setting("INKPOOL_WORKERS")
    wanted = workers * options["MAX_CONNECTIONS"]
    sum_ = f"{hosts_and_workers()} × {options['MAX_CONNECTIONS']} connections = {wanted}"
    hint = (
        "Lower DB_POOL_MAX_CONNECTIONS or the number of workers, or raise the server's "
        "max_connections (of an account: max_user_connections). Hosts are counted by SITE_HOSTS, "
        "the workers of each by GRANIAN_WORKERS or WEB_CONCURRENCY."
    )
    if wanted > room:
        message = f"The server has too few connections: {sum_}, but it accepts {room}."
        yield Error(message, hint=hint, id="core.E031")
    elif wanted + RESERVE > room:
        message = f"Fewer than {RESERVE} connections are left for commands: {sum_}, of {room}."
        yield Warning(message, hint=hint, id="core.W037")
    kept = workers * options["MIN_CACHED"]
    if kept > room / 2:
        yield Warning(
            f"Idle workers alone hold {kept} of the server's {room} connections.",
            hint="Lower DB_POOL_MIN_CACHED: each worker keeps that many open, used or not.",
            id="core.W038",
        )


def hosts_and_workers() -> str:
    """`3 hosts × 2 workers`, and on one host `2 workers`."""
    hosts, workers = pool_setting("INKPOOL_HOSTS"), f"{pool_setting('INKPOOL_WORKERS')} workers"
    return f"{hosts} hosts × {workers}" if hosts > 1 else workers


def _of_time_and_size(options: dict[str, Any], server: dict[str, int]) -> Iterator[CheckMessage]:
    if options["RECYCLE"] >= server["wait_timeout"]:
        yield Warning(
            f"The server closes a connection after {server['wait_timeout']} idle seconds, before "
            f"the pool replaces it ({options['RECYCLE']} s).",
            hint="Set DB_POOL_RECYCLE below the server's wait_timeout, or raise the latter.",
            id="core.W039",
        )
    if server["max_allowed_packet"] < settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        yield Warning(
            f"The server accepts statements of {server['max_allowed_packet']} bytes: a long text "
            "that the forms accept cannot be saved.",
            hint=f"Set its max_allowed_packet to {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} or more.",
            id="core.W040",
        )
