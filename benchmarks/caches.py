"""The part caches: what core.caching costs beside Flask-Caching, on the same Redis."""

from contextlib import ExitStack
from functools import partial
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.machine import flask_side, machine
from benchmarks.report import Report, Row, Section, rounds_in_words
from benchmarks.servers import PrivateRedis, private_redis
from benchmarks.team import FLASK, Tell, Variant, Worker, at_work, in_rounds
from benchmarks.visit import WORK

CALLS, COUNTED, THREADS = 100, 10, 50  # of one variant in one round; to count trips; at once
FLASK_CACHING = "Flask-Caching"
VARIANTS = [
    Variant("ours", "caches_django", "ours"),
    Variant(FLASK_CACHING, "caches_flask", "flask_caching"),
]
OPERATIONS = {
    "plain": ("A view that is not cached", "A whole WSGI request without middleware, for a line "
              "of text: what the two frameworks cost by themselves."),
    "cached": ("A hit of cached(): a view", "The same request. Ours also distinguishes language, "
               "host, scheme, method and Accept, and reads the version of the page."),
    "memoize": ("A hit of memoize(): three arguments", "f(7, page=1), and a default; ten rows "
                "come back."),
    "miss": ("A miss of memoize()", "The function costs nothing: it is looked up, locked "
             "between processes (ours) and kept."),
    "delete function": ("delete_memoized(f)", ""),
    "delete call": ("delete_memoized(f, 7, 1)", "Ours also discards the result of a running call."),
    "set": ("cache.set", "Ten rows. Flask-Caching pickles them, ours are typed msgpack."),
    "get": ("cache.get", ""),
}  # fmt: skip


def measure(rounds: int, tell: Tell) -> Report:
    with private_redis() as redis, TemporaryDirectory() as folder, ExitStack() as stack:
        variables = environment(redis.url, folder)
        workers = [stack.enter_context(at_work(each, variables)) for each in VARIANTS]
        sections = [section(name, workers, redis, rounds, tell) for name in OPERATIONS]
        sections.append(misses(workers, rounds, tell))
        numbers = {"Redis": redis.client.info("server")["redis_version"]}
    where = machine(**numbers) | flask_side(FLASK)
    return Report("caches", "Functions and views", where, rounds_in_words(rounds), sections)


def environment(redis: str, folder: str) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "core.settings",
        "DJANGO_SECRET_KEY": "the-key-of-a-benchmark-which-guards-nothing",
        "DJANGO_ALLOWED_HOSTS": "localhost",
        "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
        "REDIS_URL": redis,
        "RUN_DIR": folder,
    }


def section(
    name: str, workers: list[Worker], redis: PrivateRedis, rounds: int, tell: Tell
) -> Section:
    def one(worker: Worker) -> float:
        return worker.microseconds(name, CALLS)

    for worker in workers:
        one(worker)  # what is asked for is kept on both sides
    figures = in_rounds(rounds, workers, one, lambda words: tell(f"{name}, {words}"))
    rows = [Row(each.label, figures[each.label], trips(each, name, redis)) for each in workers]
    title, note = OPERATIONS[name]
    ratio = f"{FLASK_CACHING} = 1"
    return Section(title, f"median of {CALLS}", "µs", note, rows, FLASK_CACHING, ratio)


def trips(worker: Worker, name: str, redis: PrivateRedis) -> dict[str, float]:
    return {"Redis commands": redis.commands(partial(worker.ask, name, times=COUNTED)) / COUNTED}


def misses(workers: list[Worker], rounds: int, tell: Tell) -> Section:
    figures = in_rounds(
        rounds, workers, lambda each: each.ask("misses", threads=THREADS),
        lambda words: tell(f"misses, {words}"),
    )  # fmt: skip
    rows = [
        Row(
            label,
            [run["wall"] * 1000 for run in runs],
            {
                "computations": median(run["computed"] for run in runs),
                "longest, ms": median(max(run["seconds"]) * 1000 for run in runs),
                "errors": sum(sum(run["errors"].values()) for run in runs),
            },
        )
        for label, runs in figures.items()
    ]
    return Section(
        f"{THREADS} threads miss at once",
        "all",
        "ms",
        f"The function sleeps for {WORK * 1000:.0f} ms. Where it reads the database instead, each "
        "computation is a connection.",
        rows,
        FLASK_CACHING,
        f"{FLASK_CACHING} = 1",
    )
