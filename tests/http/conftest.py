"""Each test of this folder runs on two sites, which between them have both databases, both session
stores and both servers; the other two pairings are for `make soak`."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.private_servers import Services, short_folder
from tests.site import Site, Visitor

SITES = [
    pytest.param(("stack", "granian"), id="stack-granian"),
    pytest.param(("embedded", "gunicorn"), id="embedded-gunicorn"),
    pytest.param(("stack", "gunicorn"), id="stack-gunicorn", marks=pytest.mark.soak),
    pytest.param(("embedded", "granian"), id="embedded-granian", marks=pytest.mark.soak),
]
WAYS_IN = {  # no job sends the queued mails
    "EMAIL_URL": "smtp://localhost",
    "DJANGO_DEFAULT_FROM_EMAIL": "inkpool@inkpool.test",
    "REGISTRATION": "invitation",
}


@pytest.fixture(scope="session", params=SITES)
def site(request: pytest.FixtureRequest, static_files: None) -> Iterator[Site]:
    backend, server = request.param
    with short_folder() as folder:
        if backend == "embedded":
            environment = {"DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}"}
        else:
            environment = stack(request.getfixturevalue("servers"))
        with Site(folder, environment | WAYS_IN).served(server) as site:
            yield site
        assert left_at_home(folder) == []


redis_numbers = itertools.count(1)


def stack(servers: Services) -> dict[str, str]:
    redis = servers.redis_url(next(redis_numbers))
    return {"DATABASE_URL": servers.new_database(), "REDIS_URL": redis}


def left_at_home(folder: Path) -> list[str]:
    return [path.name for path in (folder / "home").iterdir()]


@pytest.fixture
def arrive(site: Site) -> Iterator[Callable[..., Visitor]]:
    """Makes browsers and closes them; one with a name signs in, once on each site."""
    visitors: list[Visitor] = []

    def arrive(name: str = "") -> Visitor:
        visitor = site.visitor()
        visitors.append(visitor)
        if name and name not in site.cookies:
            assert visitor.sign_in(name).status_code == 302
            site.cookies[name] = visitor.cookies
        visitor.cookies = site.cookies.get(name)
        return visitor

    yield arrive
    for each in visitors:
        each.close()


@pytest.fixture
def alice(arrive: Callable[..., Visitor]) -> Visitor:
    return arrive("alice_writes")


@pytest.fixture
def bob(arrive: Callable[..., Visitor]) -> Visitor:
    return arrive("bob_reads")


@pytest.fixture
def charlie(arrive: Callable[..., Visitor]) -> Visitor:
    return arrive()


@pytest.fixture
def dana(arrive: Callable[..., Visitor]) -> Visitor:
    return arrive("dana_staff")
