"""The probes /livez and /readyz.

/livez asks neither database nor Redis. /readyz is 503 when the database does not answer in time or
lacks migrations; a database that is read-only, a Redis that cannot be written or a job that failed
is `degraded`, and 200.
"""

import logging
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import cache
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.migrations.loader import MigrationLoader
from django.db.utils import load_backend
from django.http import HttpRequest, HttpResponse, JsonResponse

from core.cli.error_advice import advice
from core.failures.read_only import is_on
from core.http.failure_log import Kinds, kind_of
from core.library_patches import mark_as_logged
from core.monitoring.job_report import LastRun, job_states, last_runs
from core.redis_cache.redis_health import kind, redis_errors
from core.workers.shared_calls import results, shared_call

LIMIT = 1  # seconds for connecting, and for each answer
TIMEOUTS = {
    "mysql": {"connect_timeout": LIMIT, "read_timeout": LIMIT, "write_timeout": LIMIT},
    "sqlite": {"timeout": LIMIT},
}
STOCK_ENGINES = {"mysql": "django.db.backends.mysql", "sqlite": "django.db.backends.sqlite3"}

logger = logging.getLogger(__name__)
logged = Kinds()


def log_state(state: Hashable, message: str, *args: Any) -> None:
    """Writes one line for a state in a minute: probes come every few seconds."""
    if logged.is_first(state):
        logger.warning(message, *args)


def livez(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "alive"})


def readyz(request: HttpRequest) -> HttpResponse:
    states = results(database_state, redis_state)
    reasons = [state["reason"] for state in states if "reason" in state]
    found = {key: value for state in states for key, value in state.items() if key != "reason"}
    if reasons:
        found["reason"] = ", ".join(reasons)
    if found["database"] == "away" or found["migrations"] != "ok":
        return unready(found)
    return JsonResponse({"status": "degraded" if reasons else "ready", **found})


def unready(found: dict[str, Any]) -> HttpResponse:
    """503. The cause is in the log already; Django would add a line for the status of each."""
    response = JsonResponse({"status": "unready", **found}, status=503)
    mark_as_logged(response)
    return response


@shared_call(fallback={"database": "away", "migrations": "unknown"})
def database_state() -> dict[str, Any]:
    try:
        with outside_the_pool() as connection:
            is_behind, writable = missing(migrations(connection)), takes_writes(connection)
            jobs = {} if is_behind else job_states(last_runs(connection))
    except DatabaseError as error:
        log_state(kind_of(error), "Not ready: %s", advice(error))
        return {"database": "away", "migrations": "unknown"}
    found: dict[str, Any] = {
        "database": "ok",
        "migrations": "missing" if is_behind else "ok",
    }
    if is_behind:
        log_state("migrations", "Not ready: the database lacks migrations: run manage.py migrate.")
    if writable:
        return found | jobs
    log_state("read-only", "Degraded: the database server is read-only, so it takes no writes.")
    reason = ", ".join(["database: read-only", *filter(None, [jobs.get("reason")])])
    return found | jobs | {"database": "read-only", "reason": reason}


NO_RUNS: list[LastRun] = []


@shared_call(fallback=NO_RUNS)
def job_runs() -> list[LastRun]:
    """The last runs of all jobs; none while the database does not answer."""
    try:
        with outside_the_pool() as connection:
            return last_runs(connection)
    except DatabaseError as error:
        log_state(("jobs", kind_of(error)), "The jobs are not in /metrics: %s", advice(error))
        return NO_RUNS


@shared_call(fallback={"redis": "unreachable", "reason": "redis: unreachable"})
def redis_state() -> dict[str, Any]:
    """`redis` is a fault of redis_faults.FAULTS; `reason` also says what that Redis is used for."""
    if not (settings.INKPOOL_CACHE_URL or settings.INKPOOL_SESSION_REDIS_URL):
        return {"redis": "unused"}
    failed = {use: error for use, error in redis_errors().items() if error}
    for use, error in failed.items():
        log_state((use, kind_of(error)), "Degraded (%s): %s", use, advice(error))
    if not failed:
        return {"redis": "ok"}
    faults = {use: kind(error) for use, error in failed.items()}
    reason = ", ".join(f"{use}: {name}" for use, name in faults.items())
    return {"redis": next(iter(faults.values())), "reason": reason}


@contextmanager
def outside_the_pool() -> Iterator[Any]:
    """A connection to the default database with a time limit of LIMIT for each question.

    It is neither taken from the pool nor counted. Raises django.db.DatabaseError.
    """
    default = connections[DEFAULT_DB_ALIAS]
    config = deepcopy(default.settings_dict)
    config["OPTIONS"] |= TIMEOUTS[default.vendor]
    connection = load_backend(STOCK_ENGINES[default.vendor]).DatabaseWrapper(config, "outside")
    try:
        yield connection
    finally:
        connection.close()
        if connection.connection is not None:  # SQLite's in memory, which Django's close() spares
            connection.connection.close()


def migrations(connection: Any) -> set[tuple[str, str]]:
    """App and name of each migration that the database has had."""
    with connection.cursor() as cursor:
        if "django_migrations" not in connection.introspection.table_names(cursor):
            return set()
        cursor.execute("SELECT app, name FROM django_migrations")
        return set(cursor.fetchall())


def takes_writes(connection: Any) -> bool:
    """False for a MySQL or MariaDB server that is read-only, as after a switch-over."""
    if connection.vendor != "mysql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@GLOBAL.read_only, @@GLOBAL.innodb_read_only")
        return not any(map(is_on, cursor.fetchone()))


def missing(applied: set[tuple[str, str]]) -> bool:
    return any(
        not replaced or not applied.issuperset(replaced)
        for key, replaced in expected().items()
        if key not in applied
    )


@cache
def expected() -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Each migration of the code that runs, and those which it replaces."""
    found = MigrationLoader(None).disk_migrations
    return {key: list(migration.replaces) for key, migration in found.items()}
