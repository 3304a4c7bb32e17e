"""An article that is sent while Redis or the database is away comes back, and then is saved."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from deploy.processes import stop
from tests.core.http.test_returned_forms import values
from tests.faults.pool_site import faulty_site
from tests.faults.sessions_site import served
from tests.faults.test_sign_in import answers_again
from tests.page import Page
from tests.site import Site, Visitor

pytestmark = pytest.mark.http
NEW, PROFILE = "/articles/new/", "/account/profile/"
ARTICLE = {"title": "连接池 & more", "body": "First.\r\n\r\nLast.", "tags": "MySQL", "summary": "S"}
BIO = {"display_name": "Alice", "bio": "Writes <b>.", "email": ""}
Act = Callable[[], None]


@contextmanager
def redis_away() -> Iterator[tuple[Site, Act, Act]]:
    with served("redis", "gunicorn") as site:
        yield site, lambda: stop(site.redis), site.start_redis


@contextmanager
def database_away() -> Iterator[tuple[Site, Act, Act]]:
    """With the sessions, which are in the database too."""
    with faulty_site("granian") as (site, server):
        yield site, server.stop, server.start


@pytest.fixture(
    params=[database_away, pytest.param(redis_away, marks=pytest.mark.soak)],
    ids=lambda away: away.__name__,
)
def site(request, static_files) -> Iterator[tuple[Site, Act, Act]]:
    with request.param() as site:
        yield site


def opened(alice: Visitor, path: str, name: str) -> dict[str, str]:
    return values(alice.page(path), name)


def test_each_form_comes_back_and_is_saved_when_all_is_well_again(site):
    served, take_away, bring_back = site
    with served.visitor() as alice:
        alice.timeout = 60
        assert alice.sign_in("alice_writes").status_code == 302
        forms = {
            NEW: opened(alice, NEW, "title") | ARTICLE | {"publish": ""},
            PROFILE: opened(alice, PROFILE, "bio") | BIO,
        }
        take_away()
        try:
            returned = {path: came_back(alice, path, forms[path]) for path in forms}
        finally:
            bring_back()
        for path in forms:
            answers_again(partial(alice.post, path, data=returned[path]), 302)
        assert "连接池" in alice.page("/").text


def came_back(alice: Visitor, path: str, fields: dict[str, str]) -> dict[str, str]:
    kept = alice.cookies["sessionid"]
    answer = alice.post(path, data=fields)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "no-store" in answer.headers["Cache-Control"]
    assert alice.cookies["sessionid"] == kept
    returned = values(Page(answer.text), "bio" if path == PROFILE else "title")
    assert "account" not in returned  # only an editor that has stayed open names its account
    named = fields.keys() - {"account"}
    unlike = {name for name in named if lines(returned[name]) != lines(fields[name])}
    assert unlike == {"csrfmiddlewaretoken"}
    return returned


def lines(text: str) -> list[str]:
    return text.splitlines()
