"""The queue for a connection: the cap, the order, the time limit."""

import threading
import time

import pytest
from django.db import DatabaseError, OperationalError

from tests.core.mysql_pool.conftest import in_threads
from tests.core.mysql_pool.pool_state import CONNECTION_ID, wait_for_waiters


def ids(server) -> set[int]:
    return {row[0] for row in server("SELECT id FROM information_schema.processlist")}


def test_cap_holds_whatever_the_number_of_threads(engine, server):
    small = engine(MAX_CONNECTIONS=3, TIMEOUT=30)
    before = ids(server)
    answers = in_threads(
        40, lambda i: [small.ask(f"{CONNECTION_ID} + SLEEP(0.01)") for _ in range(5)]
    )
    assert len({id for answer in answers for id in answer}) <= 3
    assert len(ids(server) - before) <= 3


def test_waiters_are_served_in_the_order_they_came(engine):
    small = engine(MAX_CONNECTIONS=1, TIMEOUT=30)
    holder, served, threads = small.borrower(), [], []
    holder.ensure_connection()
    for number in range(8):

        def borrow(number=number):
            small.ask(CONNECTION_ID)
            served.append(number)

        threads.append(threading.Thread(target=borrow))
        threads[-1].start()
        wait_for_waiters(small.pool, number + 1)
    holder.close()
    for thread in threads:
        thread.join()
    assert served == list(range(8))


def test_newcomer_never_overtakes_a_waiter(engine):
    small = engine(MAX_CONNECTIONS=1, BLOCKING=True, TIMEOUT=30)
    holder = small.borrower()
    holder.ensure_connection()
    order = []
    waiter = threading.Thread(target=lambda: order.append(small.ask("SELECT 'waiter'")))
    waiter.start()
    wait_for_waiters(small.pool, 1)
    holder.close()
    order.append(small.ask("SELECT 'newcomer'"))
    waiter.join()
    assert order == ["waiter", "newcomer"]


def unfairness(alias) -> int:
    """How often one busy thread borrows while three others wait for their second turn."""
    stop, turns = threading.Event(), []

    def borrow(number):
        while not stop.is_set():
            alias.ask("SELECT SLEEP(0.002)")
            turns.append(number)
            if len(turns) >= 80:
                stop.set()

    assert in_threads(4, borrow) == [None] * 4
    counts = [turns.count(number) for number in range(4)]
    return max(counts) - min(counts)


def test_busy_thread_does_not_starve_the_others(engine):
    assert unfairness(engine(MAX_CONNECTIONS=1, TIMEOUT=30)) <= 4


def test_stock_package_lets_a_busy_thread_starve_the_others(stock):
    assert unfairness(stock(POOL_SIZE=1, MAX_OVERFLOW=0, TIMEOUT=30)) > 20


def test_exhaustion_names_cap_use_waiters_and_time(engine):
    small = engine(MAX_CONNECTIONS=1, TIMEOUT=0.2)
    small.borrower().ensure_connection()
    with pytest.raises(OperationalError) as refused:
        small.ask(CONNECTION_ID)
    assert "1 of 1 in use, 0 idle, 0 waiting; waited 0.2 s" in str(refused.value)


def test_without_blocking_exhaustion_is_an_error_at_once(engine):
    small = engine(MAX_CONNECTIONS=1, BLOCKING=False, TIMEOUT=3600)
    small.borrower().ensure_connection()
    with pytest.raises(OperationalError, match=r"waited 0\.0 s"):
        small.ask(CONNECTION_ID)


def test_without_blocking_no_free_connection_is_overlooked(engine):
    wide = engine(MAX_CONNECTIONS=8, BLOCKING=False)
    answers = in_threads(8, lambda i: [wide.ask("SELECT 7") for _ in range(50)])
    assert answers == [[7] * 50] * 8


def test_stock_package_raises_an_error_that_is_no_database_error(stock):
    small = stock(POOL_SIZE=1, MAX_OVERFLOW=0, TIMEOUT=0.1)
    small.borrower().ensure_connection()
    with pytest.raises(Exception, match="QueuePool limit") as refused:
        small.ask(CONNECTION_ID)
    assert not isinstance(refused.value, DatabaseError)


def failing_first_connect(wrapper, monkeypatch):
    """The first connect takes a while and fails; returns what announces that it has begun."""
    begun, fail = threading.Event(), threading.Event()
    real, first = wrapper, threading.Lock()

    def connect(*args, **kwargs):
        if first.acquire(blocking=False):
            begun.set()
            fail.wait()
            raise OperationalError(2003, "refused")
        return real(*args, **kwargs)

    return connect, begun, fail


def test_failed_connect_hands_its_slot_to_the_next_waiter(engine, monkeypatch):
    small = engine(MAX_CONNECTIONS=1, TIMEOUT=60)
    pool = small.pool
    connect, begun, fail = failing_first_connect(pool._invoke_creator, monkeypatch)
    pool._invoke_creator = connect
    answers = []
    first = threading.Thread(target=lambda: answers.append(_error(small)))
    first.start()
    begun.wait()
    second = threading.Thread(target=lambda: answers.append(small.ask("SELECT 7")))
    second.start()
    wait_for_waiters(pool, 1)
    fail.set()
    first.join()
    second.join()
    assert sorted(answers, key=str) == [7, "refused"]


def _error(alias):
    try:
        return alias.ask("SELECT 1")
    except OperationalError as error:
        return error.args[1]


def test_interrupted_waiter_leaves_the_queue(engine, monkeypatch):
    small = engine(MAX_CONNECTIONS=1)
    holder = small.borrower()
    holder.ensure_connection()

    class Interrupted:
        def get(self, timeout):
            raise KeyboardInterrupt

    monkeypatch.setattr("core.mysql_pool.waiter.SimpleQueue", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        small.ask(CONNECTION_ID)
    monkeypatch.undo()
    assert not small.pool.waiting
    holder.close()
    assert small.ask("SELECT 7") == 7


def test_last_one_returned_is_lent_first(engine):
    pair = engine(MAX_CONNECTIONS=2)
    one, two = pair.borrower(), pair.borrower()
    pair.ask(CONNECTION_ID, one)
    last = pair.ask(CONNECTION_ID, two)
    one.close()
    two.close()
    assert [pair.ask(CONNECTION_ID) for _ in range(3)] == [last] * 3


def test_idle_connections_above_max_cached_are_closed(engine, server):
    few = engine(MAX_CONNECTIONS=4, MAX_CACHED=1, MIN_CACHED=0)
    borrowers = [few.borrower() for _ in range(4)]
    mine = [few.ask(CONNECTION_ID, borrower) for borrower in borrowers]
    for borrower in borrowers:
        borrower.close()
    assert few.pool.status().endswith("0 of 4 in use, 1 idle, 0 waiting")
    while len(ids(server) & set(mine)) > 1:  # the server notices a moment later
        time.sleep(0.01)


def test_hundred_threads_get_their_own_rows(engine):
    """The notes' mix-up: what one thread asks, another never gets the answer of."""
    six = engine(MAX_CONNECTIONS=6, TIMEOUT=60)
    answers = in_threads(100, lambda n: [six.ask(f"SELECT {n * 100 + i}") for i in range(20)])
    assert answers == [[n * 100 + i for i in range(20)] for n in range(100)]
    assert "0 of 6 in use" in six.pool.status()
