"""/metrics: the numbers of all processes of this host, as Prometheus reads them.

Promises: whichever worker is asked answers for all of them, so that nothing depends on which
one it is; a counter never goes back when a worker ends. Without METRICS_KEY there is no such
page; with it, who does not bring it as `Authorization: Bearer …` is told nothing.
"""

from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from core.monitoring import cache_report
from core.mysql_pool.pool_counters import BOUNDS, BUCKETS, POOL, REASONS
from core.shared_memory import process_counters


@never_cache
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
    """The board's numbers about the pools, summed by database, and about the caches."""

    def collect(self) -> Iterator[Metric]:
        found = process_counters.readings(POOL)
        sums = process_counters.totals(found)
        yield processes(found)
        yield from gauges(sums)
        yield from counters(sums)
        yield waits(sums)
        yield GaugeMetricFamily(
            "inkpool_foreign_processes",
            "Pools of other sites' processes in this site's RUN_DIR; should be 0.",
            process_counters.strangers(),
        )
        yield from cache_report.metrics()


Sums = dict[str, dict[str, int]]


def processes(found: list[process_counters.Reading]) -> Metric:
    metric = GaugeMetricFamily(
        "inkpool_pool_processes", "Living processes with a pool.", labels=["database"]
    )
    for label in {reading.label for reading in found}:
        count = sum(each.label == label and each.pid != process_counters.RETIRED for each in found)
        metric.add_metric([label], count)
    return metric


def gauges(sums: Sums) -> Iterator[Metric]:
    connections = GaugeMetricFamily(
        "inkpool_pool_connections", "Open connections.", labels=["database", "state"]
    )
    cap = GaugeMetricFamily(
        "inkpool_pool_connections_max", "Caps of all processes together.", labels=["database"]
    )
    waiting = GaugeMetricFamily(
        "inkpool_pool_waiting", "Threads that wait for a connection.", labels=["database"]
    )
    for label, values in sums.items():
        connections.add_metric([label, "idle"], values["idle"])
        connections.add_metric([label, "in_use"], max(0, values["open"] - values["idle"]))
        cap.add_metric([label], values["cap"])
        waiting.add_metric([label], values["waiting"])
    yield from (connections, cap, waiting)


def counters(sums: Sums) -> Iterator[Metric]:
    borrowed = CounterMetricFamily(
        "inkpool_pool_borrowed", "Connections lent and returned.", labels=["database"]
    )
    timeouts = CounterMetricFamily(
        "inkpool_pool_timeouts", "Borrowers who got none in time.", labels=["database"]
    )
    connects = CounterMetricFamily(
        "inkpool_pool_connects", "Connections opened.", labels=["database", "result"]
    )
    retired = CounterMetricFamily(
        "inkpool_pool_retired", "Connections closed, and why.", labels=["database", "reason"]
    )
    for label, values in sums.items():
        borrowed.add_metric([label], values["borrowed"])
        timeouts.add_metric([label], values["timeouts"])
        connects.add_metric([label, "ok"], values["connects"])
        connects.add_metric([label, "failed"], values["connects_failed"])
        for reason in REASONS:
            retired.add_metric([label, reason], values[f"retired_{reason}"])
    yield from (borrowed, timeouts, connects, retired)


def waits(sums: Sums) -> Metric:
    metric = HistogramMetricFamily(
        "inkpool_pool_wait_seconds",
        "How long borrowers waited, of those who had to.",
        labels=["database"],
    )
    for label, values in sums.items():
        so_far, buckets = 0, []
        for bound, bucket in zip([*map(str, BOUNDS), "+Inf"], BUCKETS, strict=True):
            so_far += values[bucket]
            buckets.append((bound, so_far))
        metric.add_metric([label], buckets, values["wait_microseconds"] / 1e6)
    return metric
