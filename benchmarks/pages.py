"""The part pages: pages over HTTP, under granian and gunicorn, and a call of the application alone.

wrk asks one server after the other; all have the same number of workers and threads, the same
MariaDB and the same Redis. Before anything is measured, both sides' pages must have one length.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.load import environment
from benchmarks.machine import flask_side, machine
from benchmarks.report import Report, Row, Section, rounds_in_words
from benchmarks.servers import MariaDB, PrivateRedis, private_mariadb, private_redis
from benchmarks.team import FLASK, Tell, Variant, at_work, in_rounds
from benchmarks.visit import USER
from benchmarks.wrk import CONNECTIONS, Target, get, round_trips, wrk
from deploy.ports import LOOPBACK, bound_port
from deploy.private_servers import short_folder
from deploy.processes import ROOT, running, wait_until

WORKERS, THREADS = 1, 4  # the second core is wrk's and the servers'
CALLS = 200
ALIKE = 0.05  # by how much two pages that are compared may differ in length
SERVERS = ("granian", "gunicorn")
BARE, DRESSED = "bare WSGI", "bare WSGI with our headers"
OURS, NOTES = "ours", "Flask, PooledDB (the notes' view)"
WITHOUT_REDIS, EMBEDDED = "ours, without Redis", "ours, SQLite alone"
CACHED, FLASK_PAGE = "Flask-Caching, @cached", "Flask, Flask-Session, PooledDB, Jinja"
APPLICATIONS = {
    BARE: (Path(sys.executable), "benchmarks.pages_django:bare"),
    DRESSED: (Path(sys.executable), "benchmarks.pages_django:bare_with_our_headers"),
    OURS: (Path(sys.executable), "core.wsgi:application"),
    WITHOUT_REDIS: (Path(sys.executable), "core.wsgi:application"),
    EMBEDDED: (Path(sys.executable), "core.wsgi:application"),
    FLASK_PAGE: (FLASK, "benchmarks.pages_flask:app"),
}
IN_PROCESS = [
    Variant(BARE, "pages_django", "constant"),
    Variant(OURS, "pages_django", "site"),
    Variant(NOTES, "pages_flask", "pooled"),
    Variant(CACHED, "pages_flask", "flask_caching"),
]
STRANGER = (
    "The ten newest as JSON, from memory in front of Django. A bare WSGI answer is the ceiling; "
    "with the same twelve headers it is the ceiling for as many bytes."
)
READER = (
    "The whole page, with the reader's name and a sign-out form. Ours reads the session from Redis "
    "and fills in the personal parts, which are in memory; Flask-Session reads and writes it, "
    "PooledDB over mysqlclient reads the user and the articles, Jinja renders all. Neither writes "
    "SQL. Without Redis, our session is a row of MariaDB, or of SQLite alone, read by one SELECT."
)
CALL = "GET /articles without a server: what a request costs the application alone."
COOKIE = f"""
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
client = Client(HTTP_HOST="localhost")
client.force_login(get_user_model().objects.get(username={USER!r}))
client.get("/")  # as in a browser, the second cookie is there from the first page on
names = settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME
print("; ".join(f"{{name}}={{client.cookies[name].coded_value}}" for name in names))
"""
ARTICLE = """
from articles.models import Article
print(Article.objects.published()[1].get_absolute_url())
"""


def measure(rounds: int, tell: Tell) -> Report:
    with private_mariadb() as server, private_redis() as redis, short_folder() as folder:
        variables = site(server, redis, folder)
        sections = [call_section(rounds, variables, tell)]
        for name in SERVERS:
            with served(name, variables, folder) as ports:
                for title, note, targets in questions(name, ports, variables):
                    told = partial(about, tell, title)
                    sections.append(section(title, note, targets, server, redis, rounds, told))
        numbers = {"MariaDB": server.ask("SELECT VERSION()")[0][0]}
        numbers["Redis"] = redis.client.info("server")["redis_version"]
    where = machine(**numbers) | flask_side(FLASK)
    method = f"wrk with {CONNECTIONS} connections; {WORKERS} worker × {THREADS} threads. "
    return Report(
        "pages", "Pages beside Flask's", where, method + rounds_in_words(rounds), sections
    )


def about(tell: Tell, title: str, words: str) -> None:
    tell(f"{title}, {words}")


def site(server: MariaDB, redis: PrivateRedis, folder: Path) -> dict[str, str]:
    """The site as in production, with its demo articles and one reader; its environment."""
    variables = environment(server) | {
        "REDIS_URL": redis.url,
        "RUN_DIR": str(folder / "run"),
        "DJANGO_DEBUG": "false",
        "DJANGO_HTTPS": "false",
        "DJANGO_ALLOWED_HOSTS": "localhost",
        "PYTHONPATH": str(ROOT),
    }
    manage(variables, "collectstatic", "--noinput", "-v0")
    fill(variables)
    fill(embedded(variables))
    return variables


def fill(variables: dict[str, str]) -> None:
    """Demo articles and one reader, in this environment's database."""
    manage(variables, "migrate", "-v0")
    manage(variables, "seed_demo")
    manage(variables, "create_user", USER, "--noinput", "--exist-ok")


def without_redis(variables: dict[str, str]) -> dict[str, str]:
    """The environment in which our sessions are in the database."""
    return {name: value for name, value in variables.items() if name != "REDIS_URL"}


def embedded(variables: dict[str, str]) -> dict[str, str]:
    """The environment with neither server: all is in one SQLite file."""
    run = Path(variables["RUN_DIR"]).with_name("embedded")
    own = {"RUN_DIR": str(run), "DATABASE_URL": f"sqlite:///{run}.sqlite3"}
    return without_redis(variables) | own


ENVIRONMENTS = {WITHOUT_REDIS: without_redis, EMBEDDED: embedded}


def manage(variables: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={**os.environ, **variables},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


@contextmanager
def served(name: str, variables: dict[str, str], folder: Path) -> Iterator[dict[str, int]]:
    """Each application under this server, on a port of its own."""
    ports = {label: bound_port(0) for label in APPLICATIONS}
    with ExitStack() as stack:
        for label, (python, application) in APPLICATIONS.items():
            command = [python, "-m", *command_of(name, application, ports[label])]
            log = folder / f"{name}-{ports[label]}.log"
            own = ENVIRONMENTS.get(label, dict)(variables)
            process = stack.enter_context(running(command, log, {**os.environ, **own}))
            wait_until(partial(get, ports[label], "/articles", {}), OSError, process, log)
        yield ports


def command_of(name: str, application: str, port: int) -> list[str]:
    if name == "granian":
        options = [f"--workers={WORKERS}", f"--blocking-threads={THREADS}", "--no-ws"]
        options += ["--log-level=error", f"--host={LOOPBACK}", f"--port={port}"]
        return ["granian", application, "--interface=wsgi", *options]
    options = [f"--workers={WORKERS}", f"--threads={THREADS}", f"--bind={LOOPBACK}:{port}"]
    options += ["--config=python:benchmarks", "--no-control-socket", "--log-level=error"]
    return ["gunicorn", application, *options]


def questions(
    name: str, ports: dict[str, int], variables: dict[str, str]
) -> Iterator[tuple[str, str, list[Target]]]:
    json = {"Host": "localhost", "Accept": "application/json"}
    ours, flask = ports[OURS], ports[FLASK_PAGE]
    targets = [
        Target(BARE, ports[BARE], "/articles", json),
        Target(DRESSED, ports[DRESSED], "/articles", json),
        Target(OURS, ours, "/articles", json),
        Target(NOTES, flask, "/articles", json),
        Target(CACHED, flask, "/cached", json),
    ]
    yield f"GET /articles for an anonymous visitor, {name}", STRANGER, targets
    number = manage(variables, "shell", "-v0", "-c", NUMBER)
    reader = {"Host": "localhost", "Accept": "text/html"}
    own = {**reader, "Cookie": manage(variables, "shell", "-v0", "-c", COOKIE)}
    rows = {
        label: {**reader, "Cookie": manage(changed(variables), "shell", "-v0", "-c", COOKIE)}
        for label, changed in ENVIRONMENTS.items()
    }
    theirs = {**reader, "Cookie": get(flask, f"/sign-in/{number}", reader)[1]}
    article = manage(variables, "shell", "-v0", "-c", ARTICLE)
    for title, path in (("The front page", "/"), ("An article", article)):
        targets = [
            Target(OURS, ours, path, own),
            *(Target(label, ports[label], path, row) for label, row in rows.items()),
            Target(FLASK_PAGE, flask, path, theirs),
        ]
        yield f"{title} for a signed-in reader, {name}", READER, targets


NUMBER = f"""
from django.contrib.auth import get_user_model
print(get_user_model().objects.get(username={USER!r}).pk)
"""


def section(
    title: str,
    note: str,
    targets: Sequence[Target],
    server: MariaDB,
    redis: PrivateRedis,
    rounds: int,
    tell: Tell,
) -> Section:
    lengths = {each.label: len(get(each.port, each.path, each.headers)[0]) for each in targets}
    html = "Cookie" in targets[0].headers  # JSON differs by its escapes
    if html and max(lengths.values()) > min(lengths.values()) * (1 + ALIKE):
        raise RuntimeError(f"{title}: the pages are not alike, {lengths} bytes")
    for each in targets:
        round_trips(each, server, redis)  # caches are warm on all sides
    trips: dict[str, dict[str, Any]] = {
        each.label: round_trips(each, server, redis) for each in targets
    }
    if EMBEDDED in trips:
        trips[EMBEDDED] |= {"Redis trips": "–", "SQL trips": "–"}  # a file, read in the process
    figures = in_rounds(rounds, targets, wrk, tell)
    rows = [
        Row(each.label, figures[each.label], {**trips[each.label], "bytes": lengths[each.label]})
        for each in targets
    ]
    against = FLASK_PAGE if html else NOTES
    return Section(title, "median", "requests/s", note, rows, against, f"{against} = 1")


def call_section(rounds: int, variables: dict[str, str], tell: Tell) -> Section:
    with ExitStack() as stack:
        workers = [stack.enter_context(at_work(each, variables)) for each in IN_PROCESS]

        def one(worker: Any) -> float:
            return float(worker.microseconds("call", CALLS))

        for worker in workers:
            one(worker)
        figures = in_rounds(rounds, workers, one, partial(about, tell, "a call"))
    rows = [Row(label, times) for label, times in figures.items()]
    return Section("A WSGI call", f"median of {CALLS}", "µs", CALL, rows, NOTES, f"{NOTES} = 1")
