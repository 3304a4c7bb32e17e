"""Sessions over real HTTP, while Redis stalls, stops and restarts, and while Alice logs out."""

import signal
from collections.abc import Iterator

import pytest

from tests.faults.sessions_site import (
    PRIVATE,
    ROUNDS,
    FaultySite,
    outlives_a_logout,
    together,
    token,
)
from tests.http.conftest import static_files  # noqa: F401  (a fixture)
from tests.processes import ROOT, stop
from tests.services import short_folder
from tests.site import Visitor

pytestmark = pytest.mark.http


@pytest.fixture(scope="module", params=["redis", "embedded"])
def site(request, static_files: None) -> Iterator[FaultySite]:  # noqa: F811
    with short_folder() as folder:
        environment = {"DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}"}
        if request.param == "redis":
            environment["REDIS_URL"] = f"unix://{folder / 'redis.sock'}"
        site = FaultySite(folder, {**environment, "PYTHONPATH": str(ROOT)})
        with site.processes:
            if request.param == "redis":
                site.start_redis()
            yield site.processes.enter_context(site.served("gunicorn"))


@pytest.fixture
def with_redis(site: FaultySite) -> None:
    if "REDIS_URL" not in site.environment:
        pytest.skip("has no Redis")


@pytest.fixture
def charlie(site: FaultySite) -> Iterator[Visitor]:
    with site.visitor() as visitor:
        yield visitor


@pytest.fixture
def alice(site: FaultySite) -> Iterator[Visitor]:
    with site.visitor() as visitor:
        assert visitor.sign_in("alice_writes").status_code == 302
        yield visitor


def judge_outage(site: FaultySite, alice: Visitor, charlie: Visitor, sign_out: dict[str, str]):
    """Alice hears that it is an outage, keeps her cookie, and is not told that she left."""
    before, kept = len(site.log().splitlines()), alice.cookies["sessionid"]
    answers = [alice.get(PRIVATE), alice.get("/session/x/"), alice.post("/logout", data=sign_out)]
    for answer in answers:
        assert (answer.status_code, "Set-Cookie" in answer.headers) == (503, False)
        assert int(answer.headers["Retry-After"]) > 0
    assert alice.cookies["sessionid"] == kept
    assert len(site.log().splitlines()) - before <= len(answers)
    for page in ("/", "/articles/", "/login"):
        assert charlie.get(page).status_code == 200
    assert charlie.sign_in("bob_reads").status_code == 503


def test_a_redis_that_stalls_signs_nobody_out(site, with_redis, alice, charlie):
    sign_out = token(alice)
    site.redis.send_signal(signal.SIGSTOP)
    try:
        judge_outage(site, alice, charlie, sign_out)
    finally:
        site.redis.send_signal(signal.SIGCONT)
    assert alice.get(PRIVATE).status_code == 200
    assert "x" not in alice.get("/session/").json()


def test_a_redis_that_restarts_has_kept_every_session(site, with_redis, alice, charlie):
    sign_out = token(alice)
    alice.get("/session/basket/")
    stop(site.redis)
    judge_outage(site, alice, charlie, sign_out)
    site.start_redis()
    assert alice.get("/session/").json()["basket"] == "basket"
    assert alice.get("/session/pen/").status_code == 200
    assert alice.get(PRIVATE).status_code == 200


def test_parallel_writes_all_win(site, alice):
    keys = [f"key{number}" for number in range(24)]
    together(
        site, alice, [lambda browser, key=key: browser.get(f"/session/{key}/") for key in keys]
    )
    session = alice.get("/session/").json()
    assert session.keys() >= set(keys)
    assert session["writes"] == 24


def test_a_logout_beats_parallel_reads_and_writes(site):
    alive = [round for round in range(ROUNDS) if outlives_a_logout(site)]
    assert alive == []
