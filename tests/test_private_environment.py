"""What a caller has exported never leads `make stack` or the tests to other servers."""

from pathlib import Path

import pytest

from deploy import stack
from deploy.private_servers import Services

OTHERS = {
    "CACHE_URL": "redis://production/1",
    "SESSION_REDIS_URL": "redis://production/2",
    "DATABASE_URL_FILE": "/run/secrets/database",
    "REDIS_URL_FILE": "/run/secrets/redis",
    "CACHE_URL_FILE": "/run/secrets/cache",
    "SESSION_REDIS_URL_FILE": "/run/secrets/sessions",
    "DJANGO_SECRET_KEY_FILE": "/run/secrets/key",
    "RUN_DIR": "/run/inkpool",
}


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Services:
    for name, value in OTHERS.items():
        monkeypatch.setenv(name, value)
    servers = Services(Path("/tmp/private"))
    servers.environment |= {"DATABASE_URL": "mysql://private/db", "REDIS_URL": "unix:///private"}
    return servers


def test_stack_uses_its_own_servers_alone(servers: Services, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", "mysql://production/db")
    monkeypatch.setenv("SESSION_LIFETIME", "1h")
    environment = stack.environment_of(servers)
    assert OTHERS.keys() & environment.keys() == set()
    assert environment | servers.environment == environment
    assert environment["SESSION_LIFETIME"] == "1h"


def test_line_for_another_terminal_leaves_out_what_is_exported(
    servers: Services, monkeypatch: pytest.MonkeyPatch
):
    environment = stack.environment_of(servers)
    words = stack.beside(environment).split()
    assert words[0] == "env" and "REDIS_URL=unix:///private" in words
    assert {words[at + 1] for at, word in enumerate(words) if word == "-u"} >= OTHERS.keys()
    for name in ("DATABASE_URL", "REDIS_URL", "MEDIA_STORAGE", *OTHERS):
        monkeypatch.delenv(name, raising=False)
    assert stack.beside(environment).startswith("DJANGO_SECRET_KEY=")
