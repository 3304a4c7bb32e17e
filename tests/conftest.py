"""How the tests differ from production: cheap passwords, no collected files, clean caches."""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.test import Client, override_settings
from django.test.signals import setting_changed
from django.urls import clear_script_prefix
from django.utils import translation

from accounts.models import User
from articles.models import Article
from deploy.private_servers import Services, services
from deploy.processes import ROOT
from tests.factories import make_article, make_user
from tests.thread_connections import close_with_threads

# Folders whose tests use Redis, with or without a database.
ON_REDIS = ("sessions", "redis_cache", "caching", "failures", "page_cache", "monitoring")
PRODUCTION = {"DJANGO_SECRET_KEY": "k" * 60, "PATH": os.environ["PATH"]}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--uses-servers",
        action="store_true",
        help="run only tests that use the database or Redis: others have run on SQLite",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--uses-servers"):
        chosen = [each for each in items if uses_servers(each)]
        config.hook.pytest_deselected(items=[each for each in items if each not in set(chosen)])
        items[:] = chosen


def uses_servers(item: pytest.Item) -> bool:
    fixtures = getattr(item, "fixturenames", [])
    if item.get_closest_marker("django_db") or {"db", "transactional_db", "servers"} & {*fixtures}:
        return True
    folder = item.path.parent.name
    return folder in ON_REDIS or item.path.name in ("test_login_guard.py", "test_damage.py")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "doors: the Makefile's doors and the servers they start")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    # The models of post_office have read the setting already.
    setting_changed.send(pytest, setting="STORAGES", value=settings.STORAGES, enter=True)
    settings.WHITENOISE_AUTOREFRESH = True  # do not look for collected files at start
    # The tests' own connection is held throughout, which is no leak to be logged in any of them.
    settings.DATABASES["default"].get("POOL_OPTIONS", {})["LEAK_AFTER"] = 86400
    # A process inherits an ignored SIGINT, as from `nohup` or a shell's `&`: then the servers and
    # commands that a test starts and interrupts would never end.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    close_with_threads()
    for cache in settings.CACHES.values():  # a Redis that is also used by a site keeps its keys
        cache["KEY_PREFIX"] = f"test-{cache.get('KEY_PREFIX', '')}"
    for name in settings.CACHES:  # an app may have opened one already
        with suppress(AttributeError):
            del caches[name]


@pytest.fixture(scope="module")
def in_utc() -> Iterator[None]:
    """The dates in the test are those of a site in UTC, whatever DJANGO_TIME_ZONE says."""
    with override_settings(TIME_ZONE="UTC"):
        yield


@pytest.fixture
def mariadb_itself(db: None) -> None:
    """The test is about something that MySQL's own server has not got; its name says what."""
    if not (connection.vendor == "mysql" and connection.mysql_is_mariadb):
        pytest.skip("MariaDB alone has it")


@pytest.fixture(autouse=True)
def english_at_the_root() -> Iterator[Any]:
    """A request leaves its language and its path's beginning to the thread; the next test starts
    anew."""
    with translation.override("en"):
        yield
    clear_script_prefix()


@pytest.fixture(autouse=True)
def empty_caches() -> Iterator[Any]:
    """What one test has cached, sessions included, is not met by another."""
    yield
    for cache in caches.all():
        cache.clear()


@pytest.fixture
def alice(db: None) -> User:
    """Writes articles."""
    return make_user("alice_writes", display_name="Alice")


@pytest.fixture
def article(alice: User) -> Article:
    """A published article of Alice's."""
    return make_article(alice, title="The first one")


@pytest.fixture
def bob(db: None) -> User:
    """Has an account and no rights."""
    return make_user("bob_reads")


@pytest.fixture
def charlie() -> Client:
    """A browser without an account."""
    return Client()


@pytest.fixture
def dana(db: None) -> User:
    """May do everything in the admin."""
    return make_user("dana_staff", is_staff=True, is_superuser=True)


@pytest.fixture
def alice_client(alice: User) -> Client:
    return signed_in(alice)


@pytest.fixture
def bob_client(bob: User) -> Client:
    return signed_in(bob)


@pytest.fixture
def dana_client(dana: User) -> Client:
    return signed_in(dana)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture(scope="session")
def servers() -> Iterator[Services]:
    with services() as running:
        yield running


@pytest.fixture(scope="session")
def static_files() -> None:
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"]
    with (ROOT / "manage.py").open() as once:  # `make suite` runs two of us
        fcntl.flock(once, fcntl.LOCK_EX)
        if not are_collected():
            subprocess.run(command, cwd=ROOT, env=PRODUCTION, check=True)


def are_collected() -> bool:
    """Since the sources changed: while they are collected, a server of another run cannot start."""
    manifest = ROOT / "staticfiles" / "staticfiles.json"
    sources = [*ROOT.glob("*/static/**/*"), *ROOT.glob("requirements/*.txt")]
    newest = max(path.stat().st_mtime for path in sources)
    return manifest.exists() and manifest.stat().st_mtime > newest
