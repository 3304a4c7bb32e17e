"""The session as a browser sees it, on both stores."""

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpResponse
from django.test import RequestFactory

from core.sessions import signed_cookie
from core.sessions.middleware import SessionMiddleware
from tests.core.sessions.browser import NAME, Browser, sign_in, user


@pytest.fixture
def charlie(store):
    return Browser()


@pytest.fixture
def alice(store):
    browser = Browser()
    browser.visit(sign_in)
    return browser


def test_anonymous_request_neither_loads_nor_stores(charlie, untouchable):
    untouchable()
    answer = charlie.visit(user)
    assert not answer.cookies
    assert answer["Vary"] == "Cookie"
    assert "Vary" not in charlie.visit().headers


def test_value_set_and_deleted_in_one_request_is_not_stored(charlie, untouchable):
    untouchable()
    assert not charlie.visit(lambda session: (sign_in(session), session.clear())).cookies
    assert not charlie.visit(lambda session: session.cycle_key()).cookies
    assert not charlie.visit(lambda session: session.set_expiry(60)).cookies


def test_cookie_is_httponly_and_samesite(settings, charlie):
    settings.SESSION_COOKIE_SECURE = True
    cookie = charlie.visit(sign_in).cookies[NAME]
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Lax", True)
    assert (cookie["path"], cookie["domain"]) == ("/", "")
    assert cookie["max-age"] == settings.SESSION_COOKIE_AGE


def test_an_untouched_session_is_not_loaded(alice, untouchable):
    untouchable()
    answer = alice.visit()
    assert not answer.cookies
    assert "Vary" not in answer.headers


def test_a_read_sends_no_cookie_until_a_tenth_of_its_life_is_over(settings, clock, alice):
    clock(settings.SESSION_COOKIE_AGE // 11)
    assert not alice.visit(user).cookies
    clock(settings.SESSION_COOKIE_AGE // 50)
    before = alice.key
    assert alice.visit(user).cookies[NAME]["max-age"] == settings.SESSION_COOKIE_AGE
    assert (alice.seen, alice.key != before) == ("alice", True)
    assert not alice.visit(user).cookies


def test_own_expiry_is_carried_in_the_cookie(clock, alice):
    assert alice.visit(lambda s: s.set_expiry(60)).cookies[NAME]["max-age"] == 60
    clock(5)
    assert not alice.visit(user).cookies
    clock(2)
    assert alice.visit(user).cookies[NAME]["max-age"] == 60
    assert signed_cookie.parse(alice.key).lifetime == "60"


def test_expiry_zero_lasts_until_the_browser_closes(settings, clock, alice):
    cookie = alice.visit(lambda s: s.set_expiry(0)).cookies[NAME]
    assert (cookie["max-age"], cookie["expires"]) == ("", "")
    clock(settings.SESSION_COOKIE_AGE // 2)
    assert not alice.visit(user).cookies
    assert alice.seen == "alice"


def test_unsigned_cookie_is_sent_with_each_response(settings, store):
    settings.INKPOOL_SESSION_USE_SIGNER = False
    alice = Browser()
    alice.visit(sign_in)
    assert alice.visit(user).cookies[NAME]["max-age"] == settings.SESSION_COOKIE_AGE
    assert alice.seen == "alice"


def test_emptied_session_deletes_its_cookie(alice, store):
    before = alice.key
    answer = alice.visit(lambda session: session.clear())
    assert answer.cookies[NAME]["max-age"] == 0
    assert not store().exists(before)


@pytest.mark.parametrize(
    "damage", [lambda key: key[:-1], lambda key: "short", lambda key: "x" * 60]
)
def test_forged_cookie_is_deleted_without_reading_the_store(alice, untouchable, damage):
    untouchable()
    alice.cookies[NAME] = damage(alice.key)
    answer = alice.visit(user)
    assert (alice.seen, answer.cookies[NAME]["max-age"]) == (None, 0)
    assert answer["Vary"] == "Cookie"


def test_cookie_of_missing_session_is_deleted(alice, store):
    store(alice.key).delete()
    assert alice.visit(user).cookies[NAME]["max-age"] == 0
    alice.visit(sign_in)
    alice.visit(user)
    assert alice.seen == "alice"


def test_failed_response_stores_nothing(alice):
    answer = alice.visit(lambda session: session.update({"basket": 1}), status=500)
    assert not answer.cookies
    alice.visit(lambda session: session.get("basket"))
    assert alice.seen is None


def test_a_save_after_a_logout_is_a_400(alice, store, caplog):
    def slow_write(session):
        session["basket"] = 1
        store(alice.key).flush()

    answer = alice.visit(slow_write)
    assert (answer.status_code, len(answer.cookies)) == (400, 0)
    assert len(caplog.records) == 1
    alice.visit(user)
    assert alice.seen is None


def test_explicit_save_after_logout_is_a_400(alice, store, caplog):
    def slow_write(session):
        session["basket"] = 1
        store(alice.key).flush()
        session.save()

    answer = alice.visit(slow_write)
    assert (answer.status_code, len(answer.cookies)) == (400, 0)
    assert len(caplog.records) == 1


def test_a_read_during_a_logout_is_a_page(alice, store):
    def slow_read(session):
        name = session["user"]
        store(alice.key).flush()
        return name

    assert alice.visit(slow_read).status_code == 200
    assert alice.seen == "alice"


def test_async_view_is_served_alike(store):
    async def view(request):
        await request.session.aset("user", "alice")
        return HttpResponse()

    request = RequestFactory().get("/")
    answer = async_to_sync(SessionMiddleware(view))(request)
    key = answer.cookies[NAME].value
    assert store(key)["user"] == "alice"

    async def read(request):
        return HttpResponse(await request.session.aget("user"))

    request.COOKIES[NAME] = key
    answer = async_to_sync(SessionMiddleware(read))(request)
    assert (answer.content, len(answer.cookies)) == (b"alice", 0)
