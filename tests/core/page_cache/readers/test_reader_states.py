"""A reader in any state but the usual one is answered by the whole stack."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.contrib.auth.hashers import make_password
from django.test import Client

from accounts import devices
from accounts.models import User
from articles.models import Article
from core.page_cache import common_pages, reader_pages
from core.sessions import signed_cookie
from tests.core.page_cache.readers.browsers import (
    LANGUAGES,
    alike,
    browser,
    change_bob,
    ordinary,
    store,
)

pytestmark = pytest.mark.django_db(transaction=True)


def flash(client: Client) -> None:
    client.cookies["messages"] = "x"


def renewal_due(client: Client) -> None:
    """A tenth of the cookie's life is over."""
    name = site_settings.SESSION_COOKIE_NAME
    cookie = signed_cookie.parse(client.cookies[name].value)
    assert cookie is not None
    client.cookies[name] = cookie._replace(issued=cookie.issued - 10**7).serialize()


def rotated(client: Client) -> None:
    """Another request of the browser has given the session a new ID; its cookie is on the way."""
    session: Any = client.session
    session.cycle_key()
    session.save()


def without(name: str) -> Callable[[Client], None]:
    return lambda client: client.cookies.pop(name)


def set_cookie(name: str, value: str) -> Callable[[Client], None]:
    return lambda client: client.cookies.__setitem__(name, value)


def without_user(client: Client) -> None:
    session: Any = client.session
    for key in ("_auth_user_id", "_auth_user_backend", "_auth_user_hash"):
        del session[key]
    session.save()


def deleted(client: Client) -> None:
    Article.objects.filter(author__username="bob_reads").delete()
    User.objects.filter(username="bob_reads").delete()


STATES: dict[str, Callable[[Client], object]] = {
    "message in the session": store({"_messages": '[["__json_message",0,20,"Hello"]]'}),
    "unknown session key": store({"second_factor_pending": True}),
    "message in a cookie": flash,
    "cookie to be renewed": renewal_due,
    "no CSRF cookie": without(site_settings.CSRF_COOKIE_NAME),
    "damaged CSRF cookie": set_cookie(site_settings.CSRF_COOKIE_NAME, "short"),
    "CSRF cookie of an old Django": set_cookie(site_settings.CSRF_COOKIE_NAME, "a" * 64),
    "forged session cookie": set_cookie(site_settings.SESSION_COOKIE_NAME, "abc.x.1.def"),
    "session ended": lambda client: client.session.delete(),
    "session rotated": rotated,
    "session without a user": without_user,
    "use to be noted": lambda client: devices.updated_at.clear(),
    "deactivated": change_bob(is_active=False),
    "password changed": change_bob(password=make_password("Another1!")),
    "all sessions ended": change_bob(session_epoch=7),
    "deleted": deleted,
    "user's id is none": store({"_auth_user_id": "x"}),
    "unknown backend": store({"_auth_user_backend": "accounts.backends.Other"}),
    "own lifetime": lambda client: store({"_session_expiry": 1000})(client),
}


@pytest.mark.parametrize("page", ["front", "article"])
@pytest.mark.parametrize("state", STATES)
def test_any_other_state_takes_the_whole_stack(
    state: str, page: str, article: Article, monkeypatch: pytest.MonkeyPatch, answered: list[bool]
) -> None:
    """Bob's two browsers are brought into the same state; one is asked the other way. The article
    is asked for in Chinese."""
    path = article.get_absolute_url() if page == "article" else "/"
    asked = LANGUAGES[1] if page == "article" else {}
    first, second = browser("Bob"), browser("Bob")
    for client in (first, second):
        assert [client.get(path, **asked).status_code for _ in range(2)] == [200, 200]
    assert answered[-1]
    STATES[state](first)
    if state not in ("deactivated", "deleted"):
        STATES[state](second)
    monkeypatch.setattr(devices, "end_if_refused", lambda *args: None)  # ends the other one's too
    for _ in range(2):
        browser("Alice").get(path, **asked)  # in memory, after the state's writes
    answered.clear()
    answer = first.get(path, **asked)
    expected = ordinary(monkeypatch, second, path, **asked)
    assert alike(answer) == alike(expected) and not any(answered)


@pytest.mark.parametrize("cookie", ["short", "", "-" * 32])
def test_damaged_csrf_cookie_is_replaced_also_by_a_page_without_parts(
    cookie: str, article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob, name = browser("Bob"), site_settings.CSRF_COOKIE_NAME
    for _ in range(2):
        bob.get("/feeds/atom/")
    for ask in (bob.get, partial(ordinary, monkeypatch, bob)):
        bob.cookies[name] = cookie
        assert name in ask("/feeds/atom/").cookies


def test_answer_by_django_after_one_that_was_kept_counts_one_hit(
    bob_settled: Client, answered: list[bool]
) -> None:
    counters = common_pages.numbers
    for change, expected in ((lambda client: None, True), (STATES["own lifetime"], False)):
        change(bob_settled)
        before = counters.get("hits")
        bob_settled.get("/")
        assert (answered.pop(), counters.get("hits") - before) == (expected, 1)


def test_app_may_allow_a_session_key(
    article: Article, monkeypatch: pytest.MonkeyPatch, answered: list[bool]
) -> None:
    monkeypatch.setattr(reader_pages, "allowed_keys", {*reader_pages.allowed_keys})
    bob = browser("Bob")
    store({"polls_seen": 3})(bob)
    for _ in range(3):
        bob.get("/")
    assert answered[-1] is False
    reader_pages.allow(session_keys=["polls_seen"])
    assert all(b"bob_reads" in bob.get("/").content for _ in range(2)) and answered[-1]
