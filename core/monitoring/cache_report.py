"""The report of cache_status: what the caches of all processes of this host have answered.

It holds sums, with those of ended processes, from the files in RUN_DIR/counters; neither Redis nor
the database is asked.
"""

from collections.abc import Iterator
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Column, Table

from core.cli.watch import as_line, text
from core.failures.redis_faults import FAULTS
from core.shared_memory.cache_counters import CACHE, LINK, REDIS
from core.shared_memory.counter_files import CounterSet, readings, totals

Row = dict[str, Any]
NAMES = ("cache", "redis")  # columns that hold words


def status() -> dict[str, list[Row]]:
    """Raises OSError when RUN_DIR cannot be read and written."""
    return {"caches": caches(), "link": link(), "redis": breakers()}


def caches() -> list[Row]:
    return [
        {
            "cache": label,
            **values,
            "entries": values["entries"] or None,  # Redis does not say
            "bytes": values["bytes"] or None,
            "hit_ratio": ratio(values["hits"] + values["collapsed"], values["misses"]),
        }
        for label, values in rows(CACHE)
    ]


def link() -> list[Row]:
    return [values for _, values in rows(LINK)]


def breakers() -> list[Row]:
    return [
        {
            "redis": label.rstrip(":"),
            **{name: values[name] for name in ("processes", "away", "is_open")},
            "errors": {name: values[name] for name in FAULTS if values[name]},
        }
        for label, values in rows(REDIS)
    ]


def rows(counter_set: CounterSet) -> Iterator[tuple[str, Row]]:
    names = ("processes", *counter_set.counters, *counter_set.gauges)
    for label, values in totals(readings(counter_set)).items():
        yield label, {name: values[name] for name in names}


def ratio(hits: int, misses: int) -> float | None:
    return round(hits / (hits + misses), 4) if hits + misses else None


def as_lines(found: dict[str, list[Row]]) -> Iterator[str]:
    """`cache=pages processes=2 hits=…`, one line each."""
    for name, rows in found.items():
        for row in rows:
            start = "" if name in ("caches", "redis") else f"{name} "
            yield start + as_line(row)


def as_tables(found: dict[str, list[Row]]) -> RenderableType:
    return Group(*(as_table(rows) for rows in found.values() if rows))


def as_table(rows: list[Row]) -> Table:
    columns = (
        Column(name.replace("_", " "), justify="left" if name in NAMES else "right")
        for name in rows[0]
    )
    table = Table(*columns)
    for row in rows:
        table.add_row(*(text(name, value) for name, value in row.items()))
    return table
