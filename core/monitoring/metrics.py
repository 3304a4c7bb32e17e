"""/metrics: the sums of all processes of this host, in the format of Prometheus.

Guarantees: any worker answers for all of them, and a counter does not go back when one ends. The
last runs of the jobs are those of all hosts; while the database does not answer they are missing.
Without METRICS_KEY the page does not exist; with it, only a request that brings the key as
`Authorization: Bearer …` sees numbers.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from core.failures.redis_faults import FAULTS
from core.monitoring import cache_report
from core.monitoring.health import job_runs
from core.monitoring.job_report import job_rows
from core.monitoring.pool_numbers import POOL
from core.mysql_pool.pool_counters import BOUNDS, BUCKETS, REASONS
from core.redis_cache.redis_health import redis_caches
from core.shared_memory.cache_counters import SESSIONS
from core.shared_memory.counter_files import foreign_processes, readings, totals

Rows = Mapping[str, Mapping[str, Any]]


class Family(NamedTuple):
    """A metric; with a second `label` its `numbers` map each value of that label to a number."""

    kind: Any
    name: str
    meaning: str
    numbers: str | Mapping[str, str]
    label: str = ""


GAUGE, COUNTER = GaugeMetricFamily, CounterMetricFamily
POOL_FAMILIES = (
    Family(GAUGE, "pool_processes", "Living processes with a pool.", "processes"),
    Family(
        GAUGE, "pool_connections", "Open connections.",
        {"idle": "idle", "in_use": "in_use"}, "state",
    ),
    Family(GAUGE, "pool_connections_max", "Caps of all processes together.", "cap"),
    Family(GAUGE, "pool_waiting", "Threads that wait for a connection.", "waiting"),
    Family(COUNTER, "pool_borrowed", "Connections lent and returned.", "borrowed"),
    Family(COUNTER, "pool_timeouts", "Borrowers who got none in time.", "timeouts"),
    Family(
        COUNTER, "pool_connects", "Connections opened.",
        {"ok": "connects", "failed": "connects_failed"}, "result",
    ),
    Family(
        COUNTER, "pool_retired", "Connections closed, and why.",
        {reason: f"retired_{reason}" for reason in REASONS}, "reason",
    ),
)  # fmt: skip
CACHE_FAMILIES = (
    Family(COUNTER, "cache_hits", "Answers from the cache.", "hits"),
    Family(COUNTER, "cache_misses", "Answers that had to be made, and were kept.", "misses"),
    Family(COUNTER, "cache_outdated", "Misses whose entry no longer held.", "outdated"),
    Family(COUNTER, "cache_collapsed", "Answers that waited for another's miss.", "collapsed"),
    Family(
        COUNTER, "cache_stale",
        "Answers from the cache past their time, while the database could not be asked.", "stale",
    ),
    Family(GAUGE, "cache_entries", "Kept now.", "entries"),
    Family(GAUGE, "cache_bytes", "Memory of what is kept; known of pages only.", "bytes"),
)  # fmt: skip
LINK_FAMILIES = (
    Family(GAUGE, "link_processes", "Processes that tell or hear.", "processes"),
    Family(GAUGE, "link_up", "Processes that hear of other hosts' writes at once.", "is_up"),
    Family(COUNTER, "link_writes", "New generations: writes to cached tables.", "writes"),
    Family(COUNTER, "link_heard", "Writes that other hosts told of.", "heard"),
    Family(COUNTER, "link_owed", "Writes that other hosts could not be told of at once.", "owed"),
    Family(COUNTER, "link_broken", "How often the link to the other hosts broke.", "broken"),
)
SESSION_FAMILIES = (
    Family(COUNTER, "session_loads", "Sessions read.", "loads"),
    Family(COUNTER, "session_saves", "Sessions stored.", "saves"),
    Family(COUNTER, "session_conflicts", "Saves merged with another request's.", "conflicts"),
    Family(COUNTER, "session_outages", "Commands without an answer.", "outages"),
)
REDIS_FAMILIES = (
    Family(COUNTER, "redis_away", "Calls that Redis did not answer.", "away"),
    Family(
        GAUGE, "redis_breakers_open", "Processes that do not ask Redis for the moment.", "is_open"
    ),
)
JOB_FAMILIES = (
    Family(GAUGE, "job_last_end_timestamp_seconds", "When the job last ended.", "ended"),
    Family(GAUGE, "job_last_duration_seconds", "How long its last run took.", "seconds"),
    Family(GAUGE, "job_last_rows", "Rows that its last run has changed.", "done"),
    Family(GAUGE, "job_failed", "1 if its last run failed, else 0.", "is_failed"),
    Family(
        COUNTER, "job_runs", "Its runs on all hosts.", {"ok": "ok", "failed": "failed"}, "result"
    ),
)
REDIS_ERRORS = Family(
    COUNTER, "redis_errors", "Commands that failed, by the kind of fault.",
    {fault: fault for fault in FAULTS}, "class",
)  # fmt: skip


def metrics(request: HttpRequest) -> HttpResponse:
    if not settings.INKPOOL_METRICS_KEY:
        return plain("There are no metrics here: METRICS_KEY is not set.", 404)
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not constant_time_compare(key, settings.INKPOOL_METRICS_KEY):
        answer = plain("The key is missing or wrong.", 401)
        answer["WWW-Authenticate"] = "Bearer"
        return answer
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    try:
        return HttpResponse(encode(SiteCollector()), content_type=content_type)
    except OSError as error:
        return plain(f"RUN_DIR cannot be used: {error.strerror}.", 503)


def plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")


class SiteCollector(Collector):
    def collect(self) -> Iterator[Metric]:
        """Raises OSError when RUN_DIR cannot be read and written."""
        pools = totals(readings(POOL))
        for values in pools.values():
            values["in_use"] = max(0, values["open"] - values["idle"])
        yield from families(POOL_FAMILIES, "database", pools)
        yield waits(pools)
        meaning = "Living processes of other sites in this RUN_DIR; should be 0."
        yield GAUGE("inkpool_foreign_processes", meaning, foreign_processes())
        yield from families(CACHE_FAMILIES, "cache", by("cache", cache_report.caches()))
        yield from families(LINK_FAMILIES, "", by("link", cache_report.link()))
        sessions = by("", [values for _, values in cache_report.rows(SESSIONS)])
        yield from families(SESSION_FAMILIES, "", sessions)
        redis = by("redis", cache_report.breakers())
        yield from families(REDIS_FAMILIES, "redis", redis)
        yield from families(JOB_FAMILIES, "job", job_rows(job_runs()))
        # All classes from the start, at 0: increase() does not see the step from nothing to 1.
        errors = {use: redis[use]["errors"] if use in redis else {} for use, _ in redis_caches()}
        yield from families([REDIS_ERRORS], "redis", errors)


def by(label: str, rows: list[dict[str, Any]]) -> Rows:
    return {row.get(label, ""): row for row in rows}


def families(wanted: Iterable[Family], label: str, rows: Rows) -> Iterator[Metric]:
    """Each metric with a sample for each row; a number that is None has none."""
    for each in wanted:
        labels = [name for name in (label, each.label) if name]
        metric = each.kind(f"inkpool_{each.name}", each.meaning, labels=labels)
        numbers = {"": each.numbers} if isinstance(each.numbers, str) else each.numbers
        for row, values in rows.items():
            for value, number in numbers.items():
                if (found := values.get(number, 0)) is not None:
                    metric.add_metric([name for name in (row, value) if name], found)
        yield metric


def waits(pools: Rows) -> Metric:
    metric = HistogramMetricFamily(
        "inkpool_pool_wait_seconds",
        "How long borrowers waited, of those who had to.",
        labels=["database"],
    )
    bounds = [*map(str, BOUNDS), "+Inf"]
    for label, values in pools.items():
        so_far = accumulate(values[bucket] for bucket in BUCKETS)
        buckets = list(zip(bounds, so_far, strict=True))
        metric.add_metric([label], buckets, values["wait_microseconds"] / 1e6)
    return metric
