"""Signing in and out while Redis, which counts the attempts and keeps the sessions, is away."""

import re
import signal
import time
from collections.abc import Iterator

import pytest

from deploy.processes import stop
from tests.faults.sessions_site import FaultySite, served, token
from tests.site import PASSWORD

pytestmark = pytest.mark.http
STARTS_WITH_A_TIME = re.compile(r"\d{4}-\d\d-\d\d ")


@pytest.fixture(scope="module")
def site(static_files: None) -> Iterator[FaultySite]:
    with served("redis", "gunicorn") as site:
        yield site


def lines_and_seconds(site: FaultySite, visit):
    """What a visit is answered, the lines it adds to the log, and how long it takes.

    A traceback, which the first of a kind in a minute has, belongs to the line above it.
    """
    before, began = len(site.log().splitlines()), time.monotonic()
    answer = visit()
    took = time.monotonic() - began
    added = site.log().splitlines()[before:]
    return answer, [line for line in added if STARTS_WITH_A_TIME.match(line)], took


def take_away(site: FaultySite, away: str) -> None:
    if away == "stalled":
        site.redis.send_signal(signal.SIGSTOP)
    else:
        stop(site.redis)


def bring_back(site: FaultySite, away: str) -> None:
    if away == "stalled":
        site.redis.send_signal(signal.SIGCONT)
    else:
        site.start_redis()


def answers_again(visit, status: int) -> None:
    """Cache and sessions ask a Redis that did not answer again after a second."""
    deadline = time.monotonic() + 10
    while (answer := visit()).status_code == 503:
        assert time.monotonic() < deadline
    assert answer.status_code == status


@pytest.mark.parametrize("away", ["stopped", pytest.param("stalled", marks=pytest.mark.soak)])
def test_signing_in_and_out_is_answered_as_not_done(site: FaultySite, away: str):
    with site.visitor() as alice, site.visitor() as bob:
        assert alice.sign_in("alice_writes").status_code == 302
        sign_out, sign_in = token(alice), bob.page("/login").form_with("csrfmiddlewaretoken")
        name = {"name": "bob_reads", "pwd": PASSWORD}
        form = {"csrfmiddlewaretoken": sign_in["csrfmiddlewaretoken"]["value"], **name}
        take_away(site, away)
        try:
            for visit in (
                lambda: bob.post("/login", data=form),
                lambda: alice.post("/login", data=form | sign_out),
                lambda: alice.post("/logout", data=sign_out),
            ):
                answer, lines, took = lines_and_seconds(site, visit)
                assert (answer.status_code, answer.headers.get("Set-Cookie")) == (503, None)
                assert int(answer.headers["Retry-After"]) > 0
                lines = [line for line in lines if "core.invalidation.broadcast" not in line]
                assert len(lines) == 1, lines
                assert "Service Unavailable: /log" in lines[0]
                assert took < 3
        finally:
            bring_back(site, away)
        answers_again(lambda: alice.get("/articles/mine/"), 200)
        answers_again(lambda: bob.post("/login", data=form), 302)
