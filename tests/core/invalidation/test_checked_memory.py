import os
import threading
from typing import Any

import pytest
from django.db import connection, transaction

from core.invalidation.checked_memory import Memory
from core.invalidation.generations import generations
from core.page_cache.entries import PageMemory
from core.shared_memory.process_counters import Counters

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_value_is_made_once_until_something_is_written() -> None:
    memory: Memory[int] = Memory(entries=10)
    numbers = iter(range(10))
    assert [memory.get("a", lambda: next(numbers)) for _ in range(3)] == [0, 0, 0]
    assert memory.get("b", lambda: next(numbers)) == 1
    generations().bump(1)
    assert memory.get("a", lambda: next(numbers)) == 2


def test_a_write_while_the_value_is_made_makes_it_anew() -> None:
    memory: Memory[str] = Memory(entries=10)

    def make() -> str:
        generations().bump(1)
        return "old"

    assert memory.get("a", make) == "old"
    assert memory.get("a", lambda: "new") == "new"


def test_nothing_is_kept_or_returned_within_a_transaction() -> None:
    memory: Memory[str] = Memory(entries=10)
    memory.get("a", lambda: "outside")
    with transaction.atomic():
        assert memory.get("a", lambda: "within") == "within"
    assert memory.get("a", lambda: "never") == "outside"


def test_value_expires_after_its_age() -> None:
    memory: Memory[str] = Memory(entries=10, age=lambda value: 0.0)
    memory.get("a", lambda: "old")
    assert memory.get("a", lambda: "new") == "new"


def test_oldest_values_make_room_with_many_threads() -> None:
    memory: Memory[int] = Memory(entries=5)

    def fill(start: int) -> None:
        for number in range(start, start + 500):
            memory.get(number, lambda: 1)

    threads = [threading.Thread(target=fill, args=(1000 * each,)) for each in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(memory._kept) == 5


def test_exception_keeps_nothing() -> None:
    memory: Memory[float] = Memory(entries=5)
    with pytest.raises(ZeroDivisionError):
        memory.get("a", lambda: 1 / 0)
    assert memory.get("a", lambda: 2.0) == 2.0


def test_nothing_is_kept_with_autocommit_off() -> None:
    """It sees its own writes, which may be undone, and its snapshot may be old."""
    memory: Memory[str] = Memory(entries=10)
    transaction.set_autocommit(False)
    try:
        assert memory.get("a", lambda: "within") == "within"
    finally:
        transaction.set_autocommit(True)
    assert memory.get("a", lambda: "outside") == "outside"


def test_nothing_is_kept_within_a_raw_sql_transaction() -> None:
    memory: Memory[str] = Memory(entries=10)
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        assert memory.get("a", lambda: "within") == "within"
        cursor.execute("ROLLBACK")
    assert memory.get("a", lambda: "outside") == "outside"


def test_value_made_of_a_kept_value_expires_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else the ages of row, part and page would add up."""
    now = 1000.0
    monkeypatch.setattr("core.invalidation.checked_memory.time.monotonic", lambda: now)
    monkeypatch.setattr("core.invalidation.broadcast.is_up", lambda: True)
    rows: Memory[int] = Memory(entries=1)
    parts: Memory[int] = Memory(entries=1)
    numbers = iter(range(10))

    def part() -> int:
        return rows.get("row", lambda: next(numbers))

    assert rows.get("row", lambda: next(numbers)) == 0
    now += 50
    assert parts.get("part", part) == 0
    now += 9
    assert parts.get("part", part) == 0
    now += 2  # a minute since the row was read
    assert parts.get("part", part) == 1
    now += 50
    assert parts.get("other", part) == 1


def test_forked_child_waits_for_no_thread_of_its_parent() -> None:
    """One that was keeping something when the process forked does not exist in the child."""
    values: Memory[int] = Memory(entries=1)
    pages: PageMemory[Any] = PageMemory(10_000, Counters("pages"))
    with values._lock(), pages._lock():
        child = os.fork()
        if not child:
            threading.Timer(20, os._exit, [1]).start()
            pages.clear()
            os._exit(values.get("a", lambda: 1) - 1)
    assert os.waitpid(child, 0)[1] == 0
