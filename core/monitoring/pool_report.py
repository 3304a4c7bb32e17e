"""The report of pool_status: the pools of all processes of this host, and the server's own numbers.

Guarantees: no connection of a pool is used. A server that does not answer within a second leaves
its own part out, and `error` says why.
"""

from collections.abc import Iterator
from typing import Any

from django.db import DatabaseError
from rich.columns import Columns
from rich.console import RenderableType
from rich.table import Column, Table

from core.cli.error_advice import advice
from core.cli.watch import as_line, text
from core.monitoring.health import outside_the_pool
from core.monitoring.pool_numbers import POOL, summary
from core.shared_memory.counter_files import (
    ENDED,
    Reading,
    foreign_processes,
    readings,
    totals,
)

SERVER = (
    "SHOW GLOBAL STATUS LIKE 'Threads%'",
    "SHOW GLOBAL STATUS LIKE 'Max_used_connections'",
    "SHOW GLOBAL VARIABLES LIKE 'max_connections'",
)
COLUMNS = (
    "process", "database", "cap", "open", "idle", "in_use", "waiting", "borrowed", "waits",
    "timeouts", "connects", "connects_failed", "retired", "wait_p50", "wait_p95", "wait_p99",
)  # fmt: skip

Status = dict[str, Any]


def status() -> Status:
    """Raises OSError when RUN_DIR cannot be read and written."""
    found = readings(POOL)
    sums = [
        {"process": "all", "database": label, **summary(values)}
        for label, values in totals(found).items()
    ]
    return {
        "processes": [row(each) for each in found if each.process != ENDED],
        "ended": [row(each) for each in found if each.process == ENDED],
        "sum": sums,
        "foreign_processes": foreign_processes(),
        **server(),
    }


def row(reading: Reading) -> Status:
    process = reading.pid or "ended"
    return {"process": process, "database": reading.label, **summary(reading.values)}


def server() -> Status:
    try:
        with outside_the_pool() as connection, connection.cursor() as cursor:
            values: dict[str, int] = {}
            for question in SERVER:
                cursor.execute(question)
                values |= {name: int(value) for name, value in cursor.fetchall()}
    except DatabaseError as error:
        return {"server": None, "error": advice(error)}
    return {"server": values, "error": None}


def rows(found: Status) -> list[Status]:
    return [*found["processes"], *found["ended"], *found["sum"]]


def as_lines(found: Status) -> Iterator[str]:
    """`process=1234 database=default cap=6 …`, one line each; nothing is said by colour."""
    for each in rows(found):
        yield as_line({name: each[name] for name in COLUMNS})
    if found["server"]:
        yield f"server {as_line(found['server'])}"


def as_table(found: Status) -> RenderableType:
    """A column for each process: so a dozen of them fit, and a name is never cut."""
    shown = rows(found)
    table = Table("process", *(Column(str(each["process"]), justify="right") for each in shown))
    for name in COLUMNS[1:]:
        table.add_row(name.replace("_", " "), *(text(name, each[name]) for each in shown))
    own = Table("the server", Column("", justify="right"))
    for name, value in (found["server"] or {}).items():
        own.add_row(name, str(value))
    return Columns([table, own])
