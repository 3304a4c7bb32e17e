"""The part sessions: what the store costs alone, and what a signed-in request costs with it."""

import os
import subprocess
import sys
from contextlib import ExitStack
from functools import partial

from benchmarks.load import environment
from benchmarks.machine import flask_side, machine
from benchmarks.report import Report, Row, Section, rounds_in_words
from benchmarks.servers import MariaDB, PrivateRedis, private_mariadb, private_redis
from benchmarks.team import FLASK, Tell, Variant, Worker, at_work, in_rounds
from benchmarks.visit import USER
from deploy.processes import ROOT

CALLS, COUNTED = 50, 10  # of one variant in one round; and to count round trips
BARE = "redis-py: GET, SET"
NOTES = "Flask-Session, signer"
STOCK = "django.contrib.sessions.backends"
CACHE = {"engine": f"{STOCK}.cache"}
STORES = [
    Variant("ours, Redis", "sessions_django", "ours", {"engine": "core.sessions.redis"}),
    Variant("ours, database", "sessions_django", "ours", {"engine": "core.sessions.database"}),
    Variant("Django cache, django-redis", "sessions_django", "stock", CACHE),
    Variant("Django cached_db", "sessions_django", "stock", {"engine": f"{STOCK}.cached_db"}),
    Variant(NOTES, "sessions_flask", "flask_session", {"signer": True}),
    Variant("Flask-Session, no signer", "sessions_flask", "flask_session", {"signer": False}),
]
ALONE = [Variant(BARE, "sessions_django", "redis_py"), *STORES]
SLIDING = {**CACHE, "slides": True}
REQUESTS = [
    *STORES,
    Variant("Django cache, SESSION_SAVE_EVERY_REQUEST", "sessions_django", "stock", SLIDING),
]
OPERATIONS = {
    "load": "From the cookie to the values; ours also prolongs the session.",
    "save": "One of six keys was changed (200 bytes in all). Ours merges with the writes of "
    "other requests.",
    "load and save": "",
    "create": "A new id; ours and Django's check that it is not in use.",
}
READ = (
    "A whole WSGI request: the session, its user, a line of text. Ours takes the user from its "
    "memory of users, the others from MariaDB. Django's cache session is not prolonged by a read "
    "unless SESSION_SAVE_EVERY_REQUEST is set; ours and Flask-Session's are."
)
WHOLE = {"read request": READ, "write request": "The same, and one key of the session is changed."}


def measure(rounds: int, tell: Tell) -> Report:
    with private_mariadb() as server, private_redis() as redis:
        variables = environment(server) | {"REDIS_URL": redis.url}
        people(variables)
        sections = []
        for variants, questions in ((ALONE, OPERATIONS), (REQUESTS, WHOLE)):
            with ExitStack() as stack:
                workers = [stack.enter_context(at_work(each, variables)) for each in variants]
                for name, note in questions.items():
                    told = partial(about, tell, name)
                    sections.append(section(name, note, workers, server, redis, rounds, told))
        numbers = {"MariaDB": server.ask("SELECT VERSION()")[0][0]}
        numbers["Redis"] = redis.client.info("server")["redis_version"]
    where = machine(**numbers) | flask_side(FLASK)
    return Report("sessions", "Sessions beside others", where, rounds_in_words(rounds), sections)


def about(tell: Tell, name: str, words: str) -> None:
    tell(f"{name}, {words}")


def people(variables: dict[str, str]) -> None:
    """The tables, and the one user whom all variants sign in."""
    for words in (["migrate", "-v0"], ["create_user", USER, "--noinput", "--exist-ok"]):
        subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env={**os.environ, **variables},
            check=True,
            capture_output=True,
        )


def section(
    name: str,
    note: str,
    workers: list[Worker],
    server: MariaDB,
    redis: PrivateRedis,
    rounds: int,
    tell: Tell,
) -> Section:
    def one(worker: Worker) -> float:
        return worker.microseconds(name, CALLS)

    for worker in workers:
        one(worker)  # caches are warm on all sides
    figures = in_rounds(rounds, workers, one, tell)
    rows = [
        Row(worker.variant.label, figures[worker.variant.label], trips(worker, name, server, redis))
        for worker in workers
    ]
    against = BARE if name in OPERATIONS else NOTES
    figure = f"median of {CALLS}"
    return Section(name.capitalize(), figure, "µs", note, rows, against, f"{against} = 1")


def trips(worker: Worker, name: str, server: MariaDB, redis: PrivateRedis) -> dict[str, float]:
    """The round trips of one call; those of its preparation are counted too and taken off."""

    def counted(run: bool) -> tuple[int, int]:
        ask = partial(worker.ask, name, times=COUNTED, run=run)
        statements: list[int] = []
        commands = redis.commands(lambda: statements.append(server.count(ask)[0]))
        return commands, statements[0]

    worker.ask(name, times=1)
    whole, before = counted(True), counted(False)
    to_redis, to_mariadb = (a - b for a, b in zip(whole, before, strict=True))
    return {"Redis trips": to_redis / COUNTED, "SQL trips": to_mariadb / COUNTED}
