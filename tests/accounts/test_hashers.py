import threading

import pytest

from accounts import hashers
from accounts.hashers import BoundedArgon2, BoundedPBKDF2, BoundedWerkzeug, turn
from core.failures.busy import TooBusy
from tests.factories import PASSWORD


@pytest.fixture
def one_turn(monkeypatch):
    """One hash at a time, one request that waits, and none waits long."""
    turns, waiting = threading.BoundedSemaphore(1), threading.BoundedSemaphore(1)
    monkeypatch.setattr(hashers, "turns", lambda: turns)
    monkeypatch.setattr(hashers, "waiting", lambda: waiting)
    monkeypatch.setattr(hashers, "LONGEST_WAIT", 0.01)
    return waiting


def test_hash_that_finds_no_turn_in_time_is_refused(one_turn):
    with turn(), pytest.raises(TooBusy, match=r"waited 0.01 s"):
        BoundedArgon2().encode(PASSWORD, "saltsaltsalt")


def test_only_some_requests_wait(one_turn, monkeypatch):
    monkeypatch.setattr(hashers, "LONGEST_WAIT", 600)
    with turn(), one_turn, pytest.raises(TooBusy, match="requests wait"):
        BoundedArgon2().verify(PASSWORD, "")


@pytest.mark.parametrize("hasher", [BoundedArgon2(), BoundedPBKDF2(), BoundedWerkzeug()])
def test_turn_is_free_again_after_a_hash(one_turn, hasher):
    for _ in range(2):
        encoded = hasher.encode(PASSWORD, "saltsaltsalt")
        assert hasher.verify(PASSWORD, encoded)
    assert not hasher.verify("Wrong2026$!", encoded)


def test_turn_is_free_again_after_an_error(one_turn):
    with pytest.raises(ZeroDivisionError), turn():
        1 / 0  # noqa: B018
    with turn():
        pass


@pytest.mark.django_db
def test_sign_in_without_a_turn_is_a_503_with_retry_after(client, alice, one_turn, settings):
    settings.PASSWORD_HASHERS = ["accounts.hashers.BoundedArgon2"]
    client.raise_request_exception = False
    with turn():
        answer = client.post("/login", {"name": "alice_writes", "pwd": PASSWORD})
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
