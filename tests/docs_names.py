"""Checks that the names in code marks of README and docs exist.

    faults("`core.cashing`, `/logn`")  ["core.cashing: no such name", "/logn: no such address"]

Each word that looks like a variable, an address, a dotted name, a check, a command with its
options, a make target or a file must exist, or be listed below as a name of another program.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from django.apps import apps
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand
from django.urls import Resolver404, resolve

from core.guide import documents
from tests.guide_steps import PAGES, steps
from tests.own_apps import OWN_APPS, own_commands

ROOT = Path(__file__).resolve().parent.parent
COMPARED = re.compile(r"<!-- compared: .*?<!-- end -->", re.DOTALL)  # run by tests/parity/pairs.py
PARTS = re.compile(
    r"^#+ (?=(?P<heading>[^\n]+))"
    r"|^( *)```(?P<kind>[^\n]*)\n(?P<sample>.*?)^\2```$"
    r"|`(?P<code>[^`]+)`",
    re.MULTILINE | re.DOTALL,
)

# Each of these names must still occur in the docs.
NOT_OURS = {
    "Flask-Session's": "SESSION_CACHELIB SESSION_CLEANUP_N_REQUESTS SESSION_DYNAMODB "
    "SESSION_FILE_DIR SESSION_MEMCACHED SESSION_MONGODB SESSION_REDIS SESSION_SERIALIZATION_FORMAT "
    "SESSION_SQLALCHEMY SESSION_TYPE",
    "Flask's": "MAX_CONTENT_LENGTH PERMANENT_SESSION_LIFETIME SESSION_REFRESH_EACH_REQUEST",
    "Flask-Caching's": "CACHE_ARGS CACHE_DEFAULT_TIMEOUT CACHE_DIR CACHE_ENABLE_SIGNALS "
    "CACHE_FILE_HASH_METHOD CACHE_HASH_METHOD CACHE_IGNORE_ERRORS CACHE_KEY_PREFIX "
    "CACHE_MEMCACHED_SERVERS CACHE_NO_NULL_WARNING CACHE_OPTIONS CACHE_REDIS_URL CACHE_SERIALIZER "
    "CACHE_SOURCE_CHECK CACHE_THRESHOLD CACHE_TYPE",
    "keys of Django's DATABASES and CACHES": "ATOMIC_REQUESTS CONN_HEALTH_CHECKS CONN_MAX_AGE "
    "KEY_PREFIX MAX_CONNECTIONS MAX_ENTRIES POOL_OPTIONS READ_AGAIN WORKER_OPTIONS",
    "django-redis's OPTIONS": "SOCKET_CONNECT_TIMEOUT SOCKET_TIMEOUT",
    "MySQL's": "COM_CHANGE_USER FOUND_ROWS GET_LOCK LAST_INSERT_ID NO_AUTO_CREATE_USER "
    "NO_ENGINE_SUBSTITUTION ROW_COUNT VERIFY_CA VERIFY_IDENTITY",
    "WSGI's": "REMOTE_ADDR SCRIPT_NAME",
    "Python's": "PYTHONIOENCODING",
    "constants of our modules": "NEVER_CACHED",
    "words that startapp replaces": "APP_NAME APP_TITLE NAME/ templates/NAME/ tests/NAME/ /NAME/",
    "of the app in build-an-app.md": "PER_DAY add_note notes/ templates/notes/ tests/notes/ "
    "/notes/ /notes/mine/ /notes/report/ /notes/feed/",
    "the servers'": "GRANIAN_BLOCKING_THREADS",
    "the tests'": "TEST_MYSQLD TEST_REDIS_SERVER TEST_YEARS_AHEAD",
    "addresses and folders of an example": "/hello/lqz /nothing /post/12.html /run/inkpool",
    "variables of an example": "FLASK_DATABASE_URL NAME_FILE NOTES_URL",
    "files of an example": "2014-12-12-title.md _index.md hello.py index.md inkpool_bridge.py "
    "management/commands/name.py management/ management/commands/ migrations/ jinja2/ static/ "
    "templatetags/NAME.py blog/templates/blog/list.html .html .svg",
    "files that are made": ".run/matrix/ .run/matrix/logs/ .run/matrix/part/",
    "servers' options": "--respawn-failed-workers",
    "constants of Django": "SET_NULL",
    "Flask-Login's": "SESSION_PROTECTION",
    "Django's options": "--format --natural-foreign --natural-primary",
    "the folder of uploaded pictures, and its address in nginx": "media/ /media/ /protected-media/",
    "boto3's, and the beginning of names in a bucket": "AWS_PROFILE /site",
}
KNOWN = {word for words in NOT_OURS.values() for word in words.split()}
BUILT = {step.path for step in steps(PAGES[0])}  # files that a reader of build-an-app.md writes

PACKAGES = "|".join(OWN_APPS)
VARIABLE = re.compile(r"(?<![\w.-])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b(?!\()")
DOTTED = re.compile(rf"(?<![\w./-])(?:{PACKAGES}|tests|benchmarks)(?:\.[A-Za-z_]\w*)+")
ADDRESS = re.compile(r"(?:[A-Z/]+ )?(/[^\s<>]*)$")
URL = re.compile(r"http://127\.0\.0\.1:8000(/[^\s\"'`]*)")
COMMAND = re.compile(r"manage\.py ([a-z_]+)([^\n]*)")
OPTION = re.compile(r"(?<![\w-])--[a-z][\w-]*")
TARGET = re.compile(r"(?:^|[ `])make ([a-z][\w-]*)")
FILE = re.compile(r"(?:[\w.*…-]+/)*[\w.*…-]*(?:/|\.(?:py|html|md|txt|toml|css|js|svg|in|po|sh))")
CHECK = re.compile(rf"(?:{PACKAGES})\.[EWI]\d+")


class Said(NamedTuple):
    """A text in code marks: `kind` is "" for inline code, otherwise the kind of the sample."""

    kind: str
    code: str
    section: str = ""  # the heading above


def faults(text: str) -> list[str]:
    """The names in the Markdown that do not exist, each with the reason."""
    return [fault for said in said_in(text) for check in CHECKS for fault in check(said)]


def said_in(text: str) -> Iterator[Said]:
    """All code of the Markdown except Flask's side of comparisons, and tables that are run."""
    section = ""
    for part in PARTS.finditer(COMPARED.sub("", text)):
        if part["heading"]:
            section = part["heading"].strip("`")
        elif part["code"]:
            yield Said("", part["code"], section)
        elif not part["kind"].startswith("python flask"):
            yield Said(part["kind"] or "shell", part["sample"], section)


def unknown_variables(said: Said) -> Iterator[str]:
    for name in VARIABLE.findall(said.code):
        own = name.removesuffix("_FILE") in variables_read() or hasattr(settings, name)
        if not own and name not in KNOWN:
            yield f"{name}: no such variable"


def unknown_names(said: Said) -> Iterator[str]:
    for name in DOTTED.findall(said.code):
        if said.kind.startswith("python") or re.fullmatch(r"\w+\.(?:py|html)", name):
            continue  # a sample is run; a file is looked for as such
        if not (name in checks() if CHECK.fullmatch(name) else is_there(name)):
            yield f"{name}: no such name"


def unknown_addresses(said: Said) -> Iterator[str]:
    found = URL.findall(said.code)
    if not said.kind and (path := ADDRESS.match(said.code)):
        found.append(path[1])
    for path in found:
        if path not in KNOWN and not is_address(path.partition("?")[0]):
            yield f"{path}: no such address"


def unknown_commands(said: Said) -> Iterator[str]:
    for name, rest in COMMAND.findall(said.code):
        if name in KNOWN:
            continue
        if name not in get_commands():
            yield f"{name}: no such command"
        else:
            yield from missing(OPTION.findall(rest), options_of(name), name)
    if not said.kind and said.code.startswith("--"):
        of = said.section if said.section in own_commands() else ""
        yield from missing(OPTION.findall(said.code), options_of(of) if of else all_options(), of)


def missing(options: list[str], known: set[str], command: str) -> Iterator[str]:
    for option in options:
        if option not in known | KNOWN:
            yield f"{command} {option}: no such option"


def unknown_targets(said: Said) -> Iterator[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][\w -]*):", makefile, re.MULTILINE))
    known = {"install-run", "install-stack", "install-test"}.union(*(t.split() for t in targets))
    for name in TARGET.findall(said.code):
        if name not in known:
            yield f"make {name}: no such target"


def unknown_files(said: Said) -> Iterator[str]:
    for word in [said.code] if not said.kind else []:
        if not FILE.fullmatch(word) or word.startswith("/") or word in KNOWN | BUILT:
            continue
        pattern = word.replace("…", "*").rstrip("/")
        if not any(ROOT.glob(pattern)) and not ("/" not in word and is_file_of_an_app(pattern)):
            yield f"{word}: no such file"


CHECKS: list[Callable[[Said], Iterator[str]]] = [
    unknown_variables,
    unknown_names,
    unknown_addresses,
    unknown_commands,
    unknown_targets,
    unknown_files,
]


@cache
def variables_read() -> set[str]:
    code = "from core import env, settings; print(*env.read)"
    environment = {"DJANGO_SECRET_KEY": "k"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    return set(done.stdout.split())


@cache
def checks() -> set[str]:
    """The ids of the checks in the code."""
    sources = [path for folder in OWN_APPS for path in (ROOT / folder).rglob("*.py")]
    return set(
        re.findall(
            rf'"((?:{PACKAGES})\.[EWI]\d{{3}})"',
            "\n".join(p.read_text("utf-8") for p in sources),
        )
    )


@cache
def is_there(name: str) -> bool:
    """Is the name a module, an attribute of one, or the label of a model?"""
    module, _, last = name.rpartition(".")
    if name.count(".") == 1 and last.lower() in apps.all_models.get(module, {}):
        return True
    return found(name) is not None


def found(name: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError:
        owner, _, last = name.rpartition(".")
        return getattr(found(owner), last, None) if owner else None


def is_address(path: str) -> bool:
    """Accepts the path with or without the slash at its end, which Django adds."""
    return any(is_view(each) for each in (path, f"{path}/"))


def is_view(path: str) -> bool:
    try:
        match = resolve(path)
    except Resolver404:
        return False
    if match.view_name == "guide:page":
        return match.kwargs["slug"] in documents.slugs()
    return match.func.__name__ != "catch_all_view"  # the admin's, which answers 404


@cache
def options_of(name: str) -> set[str]:
    app = get_commands()[name]
    command = app if isinstance(app, BaseCommand) else load_command_class(app, name)
    parser = command.create_parser("manage.py", name)
    return {option for action in parser._actions for option in action.option_strings}


@cache
def all_options() -> set[str]:
    return {"--database"}.union(*(options_of(name) for name in own_commands()))


@cache
def is_file_of_an_app(name: str) -> bool:
    folders = (*OWN_APPS, "templates", "tests", "benchmarks")
    return any(True for folder in folders for _ in (ROOT / folder).rglob(name))
