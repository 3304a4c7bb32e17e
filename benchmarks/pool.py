"""The part pool: what a borrowed connection costs, who waits how long, and the notes' load."""

from contextlib import ExitStack
from functools import partial
from statistics import median
from typing import Any

from benchmarks import load
from benchmarks.machine import flask_side, machine
from benchmarks.report import Report, Row, Section, rounds_in_words
from benchmarks.servers import MariaDB, private_mariadb
from benchmarks.team import FLASK, Tell, Variant, Worker, at_work, in_rounds

CYCLES, CONNECTS = 50, 10  # requests of one variant in one round
STORMS = 3  # rounds of the hundred threads, at most
THREADS, TIMES = 100, 5
PERSISTENT = "Django, CONN_MAX_AGE=None"
OURS = [
    Variant("ours, RELEASE=request", "pool_django", "ours", {"release": "request"}),
    Variant("ours, RELEASE=transaction", "pool_django", "ours", {"release": "transaction"}),
]
PACKAGE = Variant("django-db-connection-pool", "pool_django", "stock_pool")
FRESH = Variant("Django, CONN_MAX_AGE=0 (no pool)", "pool_django", "stock", {"max_age": 0})
PYMYSQL = Variant("PooledDB, pymysql", "pool_flask", "pooled", {"driver": "pymysql"})
MYSQLCLIENT = Variant("PooledDB, mysqlclient", "pool_flask", "pooled", {"driver": "MySQLdb"})
PLAIN = {"driver": "pymysql", "ssl_disabled": True}
CYCLE = [
    Variant(PERSISTENT, "pool_django", "stock", {"max_age": None}),
    *OURS,
    PACKAGE,
    FRESH,
    PYMYSQL,
    Variant("PooledDB, pymysql, ssl_disabled", "pool_flask", "pooled", PLAIN),
    MYSQLCLIENT,
]
CONNECT = [
    Variant("mysqlclient", "pool_flask", "connecting", {"driver": "MySQLdb"}),
    Variant("pymysql, ssl_disabled", "pool_flask", "connecting", PLAIN),
    Variant("pymysql", "pool_flask", "connecting", {"driver": "pymysql"}),
]
STORM = [*OURS, PACKAGE, PYMYSQL, MYSQLCLIENT, FRESH]
NO_WAIT = {"driver": "MySQLdb", "blocking": False}
IMPATIENT = [
    *(Variant(each.label, each.module, each.function, {**each.options, "timeout": 1})
      for each in [*OURS, PACKAGE]),
    Variant("PooledDB, blocking=False", "pool_flask", "pooled", NO_WAIT),
]  # fmt: skip


def measure(rounds: int, tell: Tell) -> Report:
    with private_mariadb(THREADS) as server:
        sections = [
            cycle(CYCLE, CYCLES, server, rounds, tell),
            connect(server, rounds, tell),
            storm(server, min(rounds, STORMS), tell),
            impatient(server, min(rounds, STORMS), tell),
            notes_load(server, tell),
        ]
        where = machine(MariaDB=server.ask("SELECT VERSION()")[0][0]) | flask_side(FLASK)
    return Report("pool", "The MySQL pool beside others", where, rounds_in_words(rounds), sections)


def cycle(variants: list[Variant], calls: int, server: MariaDB, rounds: int, tell: Tell) -> Section:
    def one(worker: Worker) -> float:
        return worker.microseconds("cycle", calls)

    with ExitStack() as stack:
        workers = [
            stack.enter_context(at_work(each, load.environment(server))) for each in variants
        ]
        for worker in workers:
            one(worker)  # caches are warm on all sides
        figures = in_rounds(rounds, workers, one, tell)
        rows = [row(worker, server, figures[worker.variant.label]) for worker in workers]
    return Section(
        "One request-like cycle",
        f"median of {calls}",
        "µs",
        "close_old_connections(), a cursor, SELECT 1, close_old_connections(); CONN_MAX_AGE=None "
        "keeps a connection for ever, without a pool. On the Flask side "
        "connection(), a cursor, SELECT 1, close(). Round trips of one request are counted by the "
        "server.",
        rows,
        rows[0].label,
        "persistent = 1",
    )


def row(worker: Worker, server: MariaDB, figures: list[float]) -> Row:
    worker.ask("cycle", times=1)  # it may have been idle long enough for a ping
    trips, connects = server.count(partial(worker.ask, "cycle", times=10))
    return Row(
        worker.variant.label, figures, {"round trips": trips / 10, "connects": connects / 10}
    )


def connect(server: MariaDB, rounds: int, tell: Tell) -> Section:
    section = cycle(CONNECT, CONNECTS, server, rounds, tell)
    section.title, section.ratio = "A connection for each request", "mysqlclient = 1"
    section.note = (
        "Why a load test with pymysql flatters every pool: its connect builds a TLS context, "
        "whether the server speaks TLS or not."
    )
    return section


def crowds(
    variants: list[Variant], server: MariaDB, rounds: int, tell: Tell
) -> dict[str, list[dict[str, Any]]]:
    """100 threads with 5 × SLEEP(0.02) each."""
    with ExitStack() as stack:
        workers = [
            stack.enter_context(at_work(each, load.environment(server))) for each in variants
        ]
        return in_rounds(
            rounds, workers, lambda each: each.ask("storm", threads=THREADS, times=TIMES), tell
        )


def storm(server: MariaDB, rounds: int, tell: Tell) -> Section:
    rows = []
    for label, runs in crowds(STORM, server, rounds, tell).items():
        longest = [max(run["seconds"]) * 1000 for run in runs]
        usual = [median(run["seconds"]) * 1000 for run in runs]
        ratio = median(most / mid for most, mid in zip(longest, usual, strict=True))
        extra = {"median, ms": median(usual), "all, s": median(run["wall"] for run in runs)}
        rows.append(Row(label, longest, extra, ratio))
    return Section(
        "100 threads, 5 × SLEEP(0.02) each, 6 connections",
        "longest request",
        "ms",
        "In a fair queue all requests wait about as long. Without a pool none waits, and the "
        "server has a hundred connections.",
        rows,
        ratio="longest / median",
    )


def impatient(server: MariaDB, rounds: int, tell: Tell) -> Section:
    rows = [
        Row(
            label,
            [sum(run["errors"].values()) for run in runs],
            {"longest, ms": median(max(run["seconds"]) * 1000 for run in runs)},
        )
        for label, runs in crowds(IMPATIENT, server, rounds, tell).items()
    ]
    return Section(
        "The same with a time limit of 1 s",
        "errors",
        f"of {THREADS * TIMES}",
        "PooledDB has no time limit: it waits for ever, as above, or with blocking=False not at "
        "all.",
        rows,
    )


def notes_load(server: MariaDB, tell: Tell) -> Section:
    """Once: its seconds are sleeps, which do not vary."""
    what = load.Load()
    rows, series = [], {}
    patient = {"timeout": what.patience()}
    package = Variant(PACKAGE.label, PACKAGE.module, PACKAGE.function, patient)
    for variant in [*load.site_variants(what), package, MYSQLCLIENT]:
        tell(f"the notes' load: {variant.label}")
        row, series[variant.label] = load.run(variant, server, what, lambda label, count: None)
        rows.append(row)
    return load.load_section(what, rows, series)
