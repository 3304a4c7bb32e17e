"""Responses and sessions while Redis does not answer."""

import logging

import pytest
from redis.exceptions import ConnectionError as Refused
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as Stalled

from core.http import failure_log
from core.http.failure_log import Kinds
from core.sessions import connection
from core.sessions.backend import SessionStoreUnavailable
from tests.core.sessions.browser import NAME, Browser, sign_in, user


@pytest.fixture(params=[Refused("refused"), Stalled("stalled")])
def outage(request, redis, settings):
    """outage(): the Redis client fails from now on; outage(False): it works again."""
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
def test_it_is_a_503_which_leaves_the_cookie_alone(outage, caplog, visit):
    alice = Browser()
    alice.visit(sign_in)
    outage()
    answer = alice.visit(visit)
    assert (answer.status_code, len(answer.cookies)) == (503, 0)
    assert int(answer["Retry-After"]) > 0
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "\n" not in caplog.records[0].getMessage()


def test_each_503_is_a_line_and_the_first_of_a_kind_has_the_traceback(
    outage, request, caplog, monkeypatch
):
    # After a stall requests no longer ask Redis: the open breaker is a second kind of cause.
    stalls = isinstance(request.node.callspec.params["outage"], Stalled)
    monkeypatch.setattr(failure_log, "kinds", Kinds())
    alice = Browser()
    alice.visit(sign_in)
    outage()
    assert {alice.visit(user).status_code for _ in range(3)} == {503}
    assert [bool(record.exc_info) for record in caplog.records] == [True, stalls, False]
    assert all(record.getMessage().startswith("Service Unav") for record in caplog.records)


def test_wrong_redis_command_is_no_outage(redis):
    with pytest.raises(ResponseError, match="unknown command"):
        Browser().visit(lambda session: connection.execute("NONSENSE"))


def test_outage_does_not_affect_anonymous_or_forged_requests(outage):
    charlie = Browser()
    outage()
    assert charlie.visit(user).status_code == 200
    charlie.cookies[NAME] = "forged" * 9
    assert charlie.visit(user).status_code == 200
    assert charlie.visit(sign_in).status_code == 503


def test_sessions_survive_an_outage(outage):
    alice = Browser()
    alice.visit(sign_in)
    outage()
    alice.visit(lambda session: session.flush())
    outage(False)
    connection.breaker.close()
    alice.visit(user)
    assert alice.seen == "alice"


def test_other_errors_are_not_taken_for_an_outage(store):
    def broken(session):
        raise ValueError("a mistake of the view")

    with pytest.raises(ValueError, match="a mistake"):
        Browser().visit(broken)


def test_the_error_is_a_redis_error():
    assert issubclass(SessionStoreUnavailable, Refused.__mro__[1])
