"""What Django's own connect() would have done is done by ours, which runs at each loan."""

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

LEFTOVERS = {
    "in_atomic_block": True, "needs_rollback": True, "closed_in_transaction": True,
    "errors_occurred": True, "health_check_done": False, "autocommit": False,
    "savepoint_ids": ["s1"], "atomic_blocks": ["a"], "run_on_commit": ["f"],
}  # fmt: skip


def left_behind(borrower, connect) -> dict:
    """The borrower's plain attributes after a connect, whatever they were before."""
    names = [name for name, value in vars(borrower).items() if isinstance(value, bool | str | list)]
    vars(borrower).update(LEFTOVERS)
    connect(borrower)
    borrower.connection.close()
    borrower.connection = None
    assert borrower.close_at >= 0  # long ago: at the request's end it is given back
    kept = {*LEFTOVERS, *names} - {"execute_wrappers"}
    return {
        name: value for name, value in vars(borrower).items() if name in kept and name[0] != "_"
    }


def test_borrower_starts_as_with_djangos_connect(engine):
    alias = engine()
    ours = left_behind(alias.borrower(), alias.wrapper.connect)
    assert ours == left_behind(alias.borrower(), BaseDatabaseWrapper.connect)
    assert ours.keys() >= LEFTOVERS.keys()


@pytest.fixture
def receivers():
    connected = []

    def connect(receiver):
        connection_created.connect(receiver, weak=False)
        connected.append(receiver)

    yield connect
    for receiver in connected:
        connection_created.disconnect(receiver)


def test_session_setting_of_a_receiver_holds_for_every_borrower(engine, receivers):
    alias = engine(MAX_CONNECTIONS=1)
    receivers(lambda connection, **kwargs: alias.ask("SET @seen = 7", connection))
    same = alias.borrower()
    for borrower in (same, alias.borrower(), same, alias.borrower()):
        assert alias.ask("SELECT @seen", borrower) == 7
        borrower.close()


def test_clean_session_is_not_announced_twice_to_the_same_borrower(engine, receivers):
    alias, met = engine(MAX_CONNECTIONS=1), []
    receivers(lambda connection, **kwargs: met.append(connection))
    one, two = alias.borrower(), alias.borrower()
    for borrower in (one, one, two, two):
        alias.ask("SELECT 1", borrower)
        borrower.close()
    assert met == [one, two]
