"""Threads that end without a word."""

import _thread
import gc
import threading

import pytest

from tests.core.mysql_pool.conftest import in_threads


def started_by_python(work) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def started_elsewhere(work) -> None:
    """As granian's threads: threading knows nothing of their end."""
    _thread.start_new_thread(work, ())


@pytest.mark.parametrize("start", [started_by_python, started_elsewhere])
def test_thread_that_ends_returns_its_connection(engine, start):
    small, borrowed = engine(MAX_CONNECTIONS=2, TIMEOUT=30), threading.Semaphore(0)

    def borrow():
        small.borrower().ensure_connection()  # kept by `small`: no garbage collector helps
        borrowed.release()

    for _ in range(10):
        start(borrow)
        assert borrowed.acquire(timeout=60)
    assert small.ask("SELECT 7") == 7


def lose(alias) -> None:
    """Borrow as a thread does whose borrower is then referred to by nothing but itself."""
    alias.wrapper(alias.settings, alias.alias).ensure_connection()


def test_stock_package_needs_the_garbage_collector_for_it(stock):
    small = stock(POOL_SIZE=2, MAX_OVERFLOW=0, TIMEOUT=0.1)
    gc.disable()
    try:
        for _ in range(2):
            started_by_python(lambda: lose(small))
        with pytest.raises(Exception, match="QueuePool limit"):
            small.ask("SELECT 7")
    finally:
        gc.enable()
        gc.collect()


def test_transaction_of_an_ended_thread_is_rolled_back(engine, server):
    server("CREATE TABLE IF NOT EXISTS ended (a INT)")
    small = engine(MAX_CONNECTIONS=1)

    def begin():
        borrower = small.borrower()
        borrower.set_autocommit(False)
        small.ask("INSERT INTO ended VALUES (1)", borrower)

    started_by_python(begin)
    assert small.ask("SELECT COUNT(*) FROM ended") == 0
    server("DROP TABLE ended")


def test_connection_other_threads_may_use_outlives_its_thread(engine):
    small = engine(MAX_CONNECTIONS=1)
    borrower = small.borrower()
    borrower.inc_thread_sharing()
    started_by_python(borrower.ensure_connection)
    assert borrower.connection is not None
    assert small.ask("SELECT 7", borrower) == 7


def test_garbage_collector_may_check_a_connection_in_at_any_time(engine):
    """A borrower without references, collected while others borrow."""
    small, collecting = engine(MAX_CONNECTIONS=3, TIMEOUT=30), threading.Lock()

    def lose_many(number):
        for _ in range(20):
            lose(small)
            with collecting:  # two at once: one of them would do nothing
                gc.collect()
        return small.ask("SELECT 7")

    gc.freeze()  # the collections of this test are then quick ones
    try:
        assert in_threads(8, lose_many) == [7] * 8
    finally:
        gc.unfreeze()
    assert "0 of 3 in use" in small.pool.status()
