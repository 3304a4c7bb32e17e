import pytest
from django.db import OperationalError

from core.db import deadlock_retry
from core.db.deadlock_retry import ATTEMPTS, retry_deadlocks


def failing(times: int, code: int = 1213):
    calls = []

    def transact():
        calls.append(1)
        if len(calls) <= times:
            raise OperationalError(code, "Deadlock found")
        return len(calls)

    return transact, calls


def test_victim_of_a_deadlock_tries_again():
    transact, _ = failing(2)
    assert retry_deadlocks(transact) == 3


def test_retries_end_after_the_last_attempt():
    transact, calls = failing(99)
    with pytest.raises(OperationalError):
        retry_deadlocks(transact)
    assert len(calls) == ATTEMPTS


def test_other_error_is_raised_at_once():
    transact, calls = failing(1, code=2013)
    with pytest.raises(OperationalError):
        retry_deadlocks(transact)
    assert len(calls) == 1


READ_ONLY = "The MySQL server is running with the --read-only option so it cannot execute this"


def test_write_refused_by_a_former_primary_is_tried_on_another_connection(monkeypatch):
    left, calls = [], []
    monkeypatch.setattr(deadlock_retry.connection, "close", lambda: left.append(len(calls)))

    def transact():
        calls.append(1)
        if len(calls) == 1:
            raise OperationalError(1290, READ_ONLY)
        return len(calls)

    assert retry_deadlocks(transact) == 2
    assert left == [1]


@pytest.mark.django_db
def test_inside_a_transaction_of_the_caller_nothing_is_repeated():
    transact, calls = failing(1)
    with pytest.raises(OperationalError):
        retry_deadlocks(transact)
    assert len(calls) == 1
