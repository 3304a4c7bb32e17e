"""The caches of all processes, as cache_status and /metrics show them.

Promises: whoever asks reads the sum of all processes of this host, the ended ones included,
from the board in RUN_DIR; neither Redis nor the database is asked.
"""

from collections.abc import Iterator
from typing import Any

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from rich.console import Group, RenderableType
from rich.table import Column, Table

from core.failures.redis_faults import FAULTS
from core.redis_cache.redis_health import redis_caches
from core.shared_memory import process_counters
from core.shared_memory.cache_counters import CACHE, LINK, REDIS

Row = dict[str, Any]
COUNTS = {
    "hits": "Answers from the cache.",
    "misses": "Answers that had to be made, and were kept.",
    "outdated": "Misses for which something was kept that no longer held.",
    "collapsed": "Answers that waited for somebody else's miss.",
    "stale": "Answers from the cache past their time, while the database could not be asked.",
}
LINK_COUNTS = {
    "writes": "New generations: writes to tables that are cached.",
    "heard": "Writes that other hosts told of.",
    "owed": "Writes of which the other hosts could not be told at once.",
    "broken": "How often the link to the other hosts broke.",
}


def caches() -> list[Row]:
    """Raises OSError when RUN_DIR cannot be read and written."""
    return [
        {
            "cache": label,
            **values,
            "entries": values["entries"] or None,  # Redis does not say
            "bytes": values["bytes"] or None,
            "hit_ratio": ratio(values["hits"] + values["collapsed"], values["misses"]),
        }
        for label, values in totals(CACHE)
    ]


def link() -> list[Row]:
    return [values for _, values in totals(LINK)]


def breakers() -> list[Row]:
    return [
        {
            "redis": label.rstrip(":"),
            **{name: values[name] for name in ("processes", "away", "is_open")},
            "errors": {name: values[name] for name in FAULTS if values[name]},
        }
        for label, values in totals(REDIS)
    ]


def totals(subject: process_counters.Subject) -> list[tuple[str, dict[str, int]]]:
    """By label, in its order: how many processes count, and the sums of their numbers."""
    found = process_counters.readings(subject)
    living: dict[str, set[int]] = {}
    for each in found:
        living.setdefault(each.label, set()).update({each.pid} - {process_counters.RETIRED})
    return [
        (label, {"processes": len(living[label]), **values})
        for label, values in sorted(process_counters.totals(found).items())
    ]


def ratio(hits: int, misses: int) -> float | None:
    return round(hits / (hits + misses), 4) if hits + misses else None


def status() -> dict[str, list[Row]]:
    return {"caches": caches(), "link": link(), "redis": breakers()}


def as_lines(found: dict[str, list[Row]]) -> Iterator[str]:
    """`cache=pages processes=2 hits=…`, one line each."""
    for name, rows in found.items():
        for row in rows:
            start = "" if name in ("caches", "redis") else f"{name} "
            yield start + " ".join(f"{key}={text(key, value)}" for key, value in row.items())


def as_tables(found: dict[str, list[Row]]) -> RenderableType:
    return Group(*(as_table(rows) for rows in found.values() if rows))


def as_table(rows: list[Row]) -> Table:
    numbers = [*rows[0]]
    headings = [name.replace("_", " ") for name in numbers]
    table = Table(
        *(Column(each, justify="left" if each in NAMES else "right") for each in headings)
    )
    for row in rows:
        table.add_row(*(text(name, row[name]) for name in numbers))
    return table


NAMES = ("cache", "redis")


def text(name: str, value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, dict):
        return ",".join(f"{key}:{each}" for key, each in value.items()) or "-"
    return f"{value:.1%}" if name == "hit_ratio" else str(value)


def metrics() -> Iterator[Metric]:
    """For the collector of /metrics."""
    rows = caches()
    for name, meaning in COUNTS.items():
        yield family(CounterMetricFamily, f"inkpool_cache_{name}", meaning, "cache", rows, name)
    yield family(GaugeMetricFamily, "inkpool_cache_entries", "Kept now.", "cache", rows, "entries")
    meaning = "Memory of what is kept; known of pages only."
    yield family(GaugeMetricFamily, "inkpool_cache_bytes", meaning, "cache", rows, "bytes")
    for row in link():
        yield GaugeMetricFamily(
            "inkpool_link_processes", "Processes that tell or hear.", row["processes"]
        )
        meaning = "Processes that hear of other hosts' writes at once."
        yield GaugeMetricFamily("inkpool_link_up", meaning, row["is_up"])
        for name, meaning in LINK_COUNTS.items():
            yield CounterMetricFamily(f"inkpool_link_{name}", meaning, row[name])
    redis = breakers()
    meaning = "Calls that Redis did not answer."
    yield family(CounterMetricFamily, "inkpool_redis_away", meaning, "redis", redis, "away")
    yield redis_errors(redis)
    meaning = "Processes that do not ask Redis for the moment."
    yield family(
        GaugeMetricFamily, "inkpool_redis_breakers_open", meaning, "redis", redis, "is_open"
    )


def redis_errors(rows: list[Row]) -> Metric:
    """All classes from the start, at 0: increase() does not see the step from nothing to 1."""
    metric = CounterMetricFamily(
        "inkpool_redis_errors", "Commands that failed, by the kind of fault.",
        labels=["redis", "class"],
    )  # fmt: skip
    errors = {row["redis"]: row["errors"] for row in rows}
    for use, _ in redis_caches():
        for name in FAULTS:
            metric.add_metric([use, name], errors.get(use, {}).get(name, 0))
    return metric


def family(kind: Any, name: str, meaning: str, label: str, rows: list[Row], key: str) -> Metric:
    metric: Any = kind(name, meaning, labels=[label])
    for row in rows:
        if row[key] is not None:
            metric.add_metric([row[label]], row[key])
    return metric
