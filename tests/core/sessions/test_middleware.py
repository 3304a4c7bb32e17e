"""What a browser sees of its session, on both stores."""

import logging

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpResponse
from django.test import RequestFactory
from redis.exceptions import ConnectionError as Refused
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as Stalled

from core.http import failure_log
from core.http.failure_log import Kinds
from core.sessions import connection, signed_cookie
from core.sessions.backend import SessionStoreUnavailable
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


def test_a_stranger_costs_nothing(charlie, untouchable):
    untouchable()
    answer = charlie.visit(user)
    assert not answer.cookies
    assert answer["Vary"] == "Cookie"
    assert "Vary" not in charlie.visit().headers


def test_what_comes_and_goes_within_a_request_is_not_stored(charlie, untouchable):
    untouchable()
    assert not charlie.visit(lambda session: (sign_in(session), session.clear())).cookies
    assert not charlie.visit(lambda session: session.cycle_key()).cookies
    assert not charlie.visit(lambda session: session.set_expiry(60)).cookies


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(settings, charlie):
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


def test_an_expiry_of_its_own_rides_in_the_cookie(clock, alice):
    assert alice.visit(lambda s: s.set_expiry(60)).cookies[NAME]["max-age"] == 60
    clock(5)
    assert not alice.visit(user).cookies
    clock(2)
    assert alice.visit(user).cookies[NAME]["max-age"] == 60
    assert signed_cookie.parse(alice.key).lifetime == "60"


def test_until_the_browser_closes(settings, clock, alice):
    cookie = alice.visit(lambda s: s.set_expiry(0)).cookies[NAME]
    assert (cookie["max-age"], cookie["expires"]) == ("", "")
    clock(settings.SESSION_COOKIE_AGE // 2)
    assert not alice.visit(user).cookies
    assert alice.seen == "alice"


def test_without_signer_the_cookie_goes_with_each_answer(settings, store):
    settings.INKPOOL_SESSION_USE_SIGNER = False
    alice = Browser()
    alice.visit(sign_in)
    assert alice.visit(user).cookies[NAME]["max-age"] == settings.SESSION_COOKIE_AGE
    assert alice.seen == "alice"


def test_an_emptied_session_takes_its_cookie_along(alice, store):
    before = alice.key
    answer = alice.visit(lambda session: session.clear())
    assert answer.cookies[NAME]["max-age"] == 0
    assert not store().exists(before)


@pytest.mark.parametrize(
    "damage", [lambda key: key[:-1], lambda key: "short", lambda key: "x" * 60]
)
def test_a_forged_cookie_is_taken_back_without_asking_the_store(alice, untouchable, damage):
    untouchable()
    alice.cookies[NAME] = damage(alice.key)
    answer = alice.visit(user)
    assert (alice.seen, answer.cookies[NAME]["max-age"]) == (None, 0)
    assert answer["Vary"] == "Cookie"


def test_the_cookie_of_a_session_that_is_gone_is_taken_back(alice, store):
    store(alice.key).delete()
    assert alice.visit(user).cookies[NAME]["max-age"] == 0
    alice.visit(sign_in)
    alice.visit(user)
    assert alice.seen == "alice"


def test_an_answer_that_failed_stores_nothing(alice):
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


def test_a_view_that_saves_by_itself_after_a_logout_is_a_400(alice, store, caplog):
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


def test_a_view_that_awaits_is_served_alike(store):
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


class TestOutage:
    @pytest.fixture(params=[Refused("refused"), Stalled("stalled")])
    def outage(self, request, redis, settings):
        """outage(): Redis' client fails from now on; outage(False): it is back."""
        settings.SESSION_ENGINE = "core.sessions.redis"

        def fail(*args, **options):
            raise request.param

        command = "redis.connection.AbstractConnection.send_command"
        with pytest.MonkeyPatch.context() as patch:
            yield lambda away=True: patch.setattr(command, fail) if away else patch.undo()

    VISITS = {
        "read": user,
        "write": sign_in,
        "logout": lambda session: session.flush(),
        "unseen": lambda session: session.clear(),
        "rotation": lambda session: session.cycle_key(),
    }

    @pytest.mark.parametrize("visit", VISITS.values(), ids=VISITS)
    def test_it_is_a_503_which_leaves_the_cookie_alone(self, outage, caplog, visit):
        alice = Browser()
        alice.visit(sign_in)
        outage()
        answer = alice.visit(visit)
        assert (answer.status_code, len(answer.cookies)) == (503, 0)
        assert int(answer["Retry-After"]) > 0
        assert [record.levelno for record in caplog.records] == [logging.ERROR]
        assert "\n" not in caplog.records[0].getMessage()

    def test_each_503_is_a_line_and_the_first_of_a_kind_has_the_traceback(
        self, outage, request, caplog, monkeypatch
    ):
        # A Redis that stalled is not asked again by each request: from then on that is the cause.
        stalls = isinstance(request.node.callspec.params["outage"], Stalled)
        monkeypatch.setattr(failure_log, "kinds", Kinds())
        alice = Browser()
        alice.visit(sign_in)
        outage()
        assert {alice.visit(user).status_code for _ in range(3)} == {503}
        assert [bool(record.exc_info) for record in caplog.records] == [True, stalls, False]
        assert all(record.getMessage().startswith("Service Unav") for record in caplog.records)

    def test_nonsense_asked_of_redis_is_no_outage(self, redis):
        with pytest.raises(ResponseError, match="unknown command"):
            Browser().visit(lambda session: connection.execute("NONSENSE"))

    def test_strangers_and_forgers_do_not_notice(self, outage):
        charlie = Browser()
        outage()
        assert charlie.visit(user).status_code == 200
        charlie.cookies[NAME] = "forged" * 9
        assert charlie.visit(user).status_code == 200
        assert charlie.visit(sign_in).status_code == 503

    def test_everybody_is_signed_in_when_it_is_back(self, outage):
        alice = Browser()
        alice.visit(sign_in)
        outage()
        alice.visit(lambda session: session.flush())
        outage(False)
        connection.breaker.close()
        alice.visit(user)
        assert alice.seen == "alice"

    def test_no_other_error_is_taken_for_one(self, store):
        def broken(session):
            raise ValueError("a mistake of the view")

        with pytest.raises(ValueError, match="a mistake"):
            Browser().visit(broken)

    def test_the_error_is_a_redis_error(self):
        assert issubclass(SessionStoreUnavailable, Refused.__mro__[1])
