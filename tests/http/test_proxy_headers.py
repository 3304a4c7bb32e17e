"""Whose address counts behind a proxy, on both servers; the test is the proxy."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from deploy.private_servers import short_folder
from tests.site import PASSWORD, Site

pytestmark = pytest.mark.http
PAIRS = [
    ("granian", {}),
    ("granian", {"DJANGO_PROXY_HEADERS": "forwarded"}),
    ("gunicorn", {}),
    ("gunicorn", {"DJANGO_PROXY_HEADERS": "forwarded"}),
]
LATEST = "SELECT address FROM accounts_loginsession ORDER BY id DESC LIMIT 1"


@pytest.fixture(
    params=PAIRS, ids=lambda pair: "-".join([pair[0], *pair[1].values()]), scope="module"
)
def proxied(request: pytest.FixtureRequest, static_files: None) -> Iterator[tuple[Site, str]]:
    """A site and the way in which its proxy's word counts."""
    server, variables = request.param
    with short_folder() as folder:
        database = {"DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}"}
        settings = {**database, "DJANGO_TRUSTED_PROXIES": "unix", **variables}
        with Site(folder, settings).served(server) as site:
            yield (
                site,
                variables.get("DJANGO_PROXY_HEADERS")
                or ("none" if server == "granian" else "x-forwarded"),
            )


def address_of(site: Site, headers: list[tuple[str, str]]) -> str | None:
    """What the list of devices shows for a sign-in that comes with these headers."""
    with site.visitor() as visitor:
        token = visitor.page("/login").form_with("pwd")["csrfmiddlewaretoken"]["value"]
        form = {"csrfmiddlewaretoken": token, "name": "bob_reads", "pwd": PASSWORD}
        assert visitor.post("/login", data=form, headers=headers).status_code == 302
    with closing(sqlite3.connect(site.folder / "db.sqlite3")) as database:
        return database.execute(LATEST).fetchone()[0]


@pytest.mark.parametrize("spoofed", ["X_Forwarded_For", "X-Forwarded_For", "X_Forwarded-For"])
def test_a_name_with_an_underscore_never_counts(proxied: tuple[Site, str], spoofed: str):
    site, way = proxied
    assert address_of(site, [(spoofed, "6.6.6.6")]) is None
    own = [("X-Forwarded-For", "7.7.7.7"), ("Forwarded", "for=7.7.7.7")]
    expected = None if way == "none" else "7.7.7.7"
    for headers in ([(spoofed, "6.6.6.6"), *own], [*own, (spoofed, "6.6.6.6")]):
        assert address_of(site, headers) == expected


def test_a_proxy_gives_the_address_without_its_port(proxied: tuple[Site, str]):
    site, way = proxied
    said = [("X-Forwarded-For", "[2001:db8::7]:99"), ("Forwarded", 'for="[2001:db8::7]:99"')]
    assert address_of(site, said) == (None if way == "none" else "2001:db8::7")


def test_granian_logs_that_its_proxies_do_not_count(proxied: tuple[Site, str]):
    site, way = proxied
    log = (site.folder / "server.log").read_text()
    assert ("DJANGO_PROXY_HEADERS" in log) == (way == "none")
