"""The notes' load test: 100 threads that query once and then do something else for a second.

It is run with and without the pool, each against a MariaDB of its own, while an onlooker counts
Threads_connected. What it shows: the pool buys a cap, not speed.
"""

import json
import threading
from collections.abc import Callable
from time import perf_counter
from typing import Any, NamedTuple

from benchmarks.machine import machine
from benchmarks.report import Report, Row, Section
from benchmarks.servers import MariaDB, private_mariadb
from benchmarks.team import Tell, Variant, at_work

WITHOUT = "without a pool"
EVERY = 0.02  # seconds between two looks
NOTE = (
    "The pool buys a cap, not speed: without it each thread has a connection of its own and none "
    "waits. RELEASE=transaction has both, because the connection is free while its thread does "
    "something else. A test of this kind with pymysql measures TLS: each of its connects builds "
    "a new TLS context."
)
METHOD = "One run each; the figures are the requests', the spread the first and the last served."
Watch = Callable[[str, int], None]  # the variant's label, connections at the moment


class Load(NamedTuple):
    """What each thread does: one query, then `work` seconds of something else."""

    threads: int = 100
    work: float = 1.0
    cap: int = 6

    def patience(self) -> float:
        """Long enough for the last in the queue: the test shows the wait, not the time-out."""
        return 60 + 2 * self.work * self.threads / self.cap


def site_variants(load: Load) -> list[Variant]:
    pool = {"cap": load.cap, "timeout": load.patience()}
    return [
        Variant(WITHOUT, "pool_django", "stock", {"max_age": 0}),
        Variant("pool, RELEASE=request", "pool_django", "ours", {"release": "request", **pool}),
        Variant(
            "pool, RELEASE=transaction", "pool_django", "ours", {"release": "transaction", **pool}
        ),
    ]


def with_and_without(load: Load, tell: Tell, watch: Watch) -> Report:
    """`manage.py bench pool`: each variant against a server of its own."""
    rows, series, number = [], {}, ""
    for variant in site_variants(load):
        tell(f"{variant.label}: starting a MariaDB")
        with private_mariadb(load.threads) as server:
            tell(variant.label)
            row, series[variant.label] = run(variant, server, load, watch)
            rows.append(row)
            number = server.ask("SELECT VERSION()")[0][0]
    section = load_section(load, rows, series)
    title = f"{load.threads} threads, with and without the pool"
    return Report("load", title, machine(MariaDB=number), METHOD, [section])


def load_section(load: Load, rows: list[Row], series: dict[str, Any]) -> Section:
    title = f"{load.threads} threads: one query, then {load.work:g} s of other work, cap {load.cap}"
    head = f"{WITHOUT} = 1"
    return Section(title, "a request", "s", NOTE, rows, WITHOUT, head, paired=False, series=series)


def run(
    variant: Variant, server: MariaDB, load: Load, watch: Watch
) -> tuple[Row, list[tuple[float, int]]]:
    with at_work(variant, environment(server)) as worker, Onlooker(server, variant, watch) as seen:
        done = worker.ask("load", threads=load.threads, work=load.work)
    extra = {
        "all, s": done["wall"],
        "connections at most": max(count for _, count in seen.samples),
        "errors": sum(done["errors"].values()),
    }
    return Row(variant.label, done["seconds"], extra), seen.samples


def environment(server: MariaDB) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "core.settings",
        "DJANGO_SECRET_KEY": "the-key-of-a-benchmark-which-guards-nothing",
        "DATABASE_URL": server.url,
        "DB_POOL_LEAK_AFTER": "1h",  # a store outside a request keeps its connection
        "BENCH_MARIADB": json.dumps(server.arguments),
    }


class Onlooker:
    """Counts the connections until the block ends."""

    def __init__(self, server: MariaDB, variant: Variant, watch: Watch) -> None:
        self.server, self.label, self.watch = server, variant.label, watch
        self.samples: list[tuple[float, int]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        start, over = perf_counter(), False
        while not over:
            over = self._over.wait(EVERY) if self.samples else False
            count = self.server.threads_connected()
            if over or not self.samples or count != self.samples[-1][1]:
                self.samples.append((round(perf_counter() - start, 3), count))
            self.watch(self.label, count)

    def __enter__(self) -> "Onlooker":
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._over.set()
        self._thread.join()
