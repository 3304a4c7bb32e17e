"""Of many threads that miss one value, one computes it."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from core.caching import delete_memoized, memoize, single_flight
from core.caching.caching_hooks import hooks
from core.monitoring.cache_report import caches
from core.shared_memory.process_counters import Counters
from tests.core.caching.gates import WAIT, Counted, Gate, Waiting, until


def test_fifty_threads_that_miss_make_one_call(gate: Gate, waiting: Waiting) -> None:
    ask = memoize()(lambda: [gate()])
    with ThreadPoolExecutor(50) as pool:
        asked = [pool.submit(ask) for _ in range(50)]
        until(waiting(49))
        gate.opened.set()
        values = [each.result(WAIT) for each in asked]
    assert values == [[1]] * 50
    assert len(set(map(id, values))) == 50  # each caller has its own list


def test_waiters_compute_when_the_result_is_not_kept(gate: Gate, waiting: Waiting) -> None:
    ask = memoize(response_filter=lambda value: False)(lambda: gate())
    with ThreadPoolExecutor(5) as pool:
        asked = [pool.submit(ask) for _ in range(5)]
        until(waiting(4))
        gate.opened.set()
        assert sorted(each.result(WAIT) for each in asked) == [1, 2, 3, 4, 5]


def test_no_caller_waits_after_a_result_that_is_not_kept(
    counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = memoize(response_filter=lambda value: False)(lambda: counted())
    # The state of the lock is read in the second look, after a pause of 0 seconds.
    monkeypatch.setattr(hooks, "sleep", lambda pause: pause == 0 or pytest.fail("it waits"))
    assert [ask(), ask(), ask()] == [1, 2, 3]


def test_waiter_computes_when_the_first_call_fails(gate: Gate, waiting: Waiting) -> None:
    @memoize()
    def ask() -> int:
        number = gate()
        if number == 1:
            raise PermissionError("of the first one only")
        return number

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(ask)
        assert gate.entered.wait(WAIT)
        second = pool.submit(ask)
        until(waiting(1))
        gate.opened.set()
        with pytest.raises(PermissionError):
            first.result(WAIT)
        assert second.result(WAIT) == 2


def test_waiter_takes_over_when_the_lock_has_expired(gate: Gate) -> None:
    @memoize(patience=0.1)
    def ask() -> int:
        if gate.entered.is_set():
            return -1
        return gate()

    with ThreadPoolExecutor(1) as pool:
        begun = time.monotonic()  # before the lock is taken: this thread may wake up late
        first = pool.submit(ask)
        assert gate.entered.wait(WAIT)
        assert ask() == -1
        assert 0.05 <= time.monotonic() - begun < 2
        gate.opened.set()
        assert first.result(WAIT) == 1


def test_delete_during_a_call_is_seen_by_the_next_call(gate: Gate) -> None:
    """The race: read, then written and deleted by another, then stored."""
    rows = {"title": "old"}

    @memoize()
    def title() -> str:
        found = rows["title"]
        gate()
        return found

    with ThreadPoolExecutor(2) as pool:
        early = pool.submit(title)
        assert gate.entered.wait(WAIT)
        rows["title"] = "new"
        delete_memoized(title)
        late = pool.submit(title)  # does not wait for the call that began before
        until(lambda: gate.calls == 2)
        gate.opened.set()
        assert (early.result(WAIT), late.result(WAIT)) == ("old", "new")
    assert title() == "new"


def test_deletes_and_reads_at_full_speed_leave_no_old_value() -> None:
    rows = {"number": 0}

    @memoize()
    def number(argument: int) -> int:
        return rows["number"]

    done = threading.Event()

    def read() -> int:
        seen, back = 0, 0
        while not done.is_set():
            now = number(1)
            back, seen = back + (now < seen), now
        return back

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(4)]
        try:
            for value in range(1, 201):
                rows["number"] = value
                delete_memoized(number, 1) if value % 2 else delete_memoized(number)
                assert number(1) == value
        finally:
            done.set()
        assert [each.result(WAIT) for each in readers] == [0, 0, 0, 0]


def test_stale_value_is_given_while_one_computes(gate: Gate, monkeypatch: Any) -> None:
    ask = memoize(0.4, stale=60)(lambda: gate())
    gate.opened.set()
    assert ask() == 1
    kept_at = time.time()
    until(lambda: time.time() > kept_at + 0.4)  # real time, which Redis measures too
    gate.opened.clear()
    gate.entered.clear()
    with ThreadPoolExecutor(1) as pool:
        anew = pool.submit(ask)
        assert gate.entered.wait(WAIT)
        assert [ask() for _ in range(10)] == [1] * 10
        gate.opened.set()
        assert anew.result(WAIT) == 2
    assert gate.calls == 2


def test_deleted_value_is_not_given_as_stale(monkeypatch: Any) -> None:
    calls: list[int] = []
    ask = memoize(10, stale=60)(lambda: calls.append(1) or len(calls))
    assert ask() == 1
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 11)
    delete_memoized(ask)
    assert ask() == 2


@pytest.mark.parametrize("patience", [0, 0.0001])
def test_caller_without_patience_computes(patience: float, caplog: Any) -> None:
    ask = memoize(patience=patience)(lambda: [1])
    assert [ask(), ask()] == [[1], [1]]
    assert caplog.messages == []


def test_lock_of_a_caller_that_was_killed_expires_after_half_the_patience(monkeypatch: Any) -> None:
    calls: list[int] = []
    ask = memoize(patience=1, response_filter=lambda value: len(calls) > 1)(
        lambda: calls.append(1) or len(calls)
    )
    with monkeypatch.context() as killed:
        killed.setattr(single_flight.Call, "release", lambda call: None)
        assert ask() == 1
    begun = time.monotonic()
    with ThreadPoolExecutor(5) as pool:
        values = list(pool.map(lambda _: ask(), range(5)))
    assert values == [2] * 5  # one of them has taken the lock
    assert 0.3 < time.monotonic() - begun < 1


def test_result_of_a_slow_caller_counts_although_its_lock_has_expired(gate: Gate) -> None:
    ask = memoize(patience=0.1)(lambda: gate())
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(ask) for _ in range(2)]
        until(lambda: gate.calls == 2)  # the second has waited long enough
        gate.opened.set()
        assert {each.result(WAIT) for each in asked} == {1, 2}
    assert ask() in (1, 2)
    assert gate.calls == 2


def counts() -> dict[str, int]:
    rows = {row["cache"]: row for row in caches()}
    row = rows.get("functions", {})
    return {name: row.get(name, 0) for name in ("hits", "misses", "outdated", "collapsed")}


def test_what_happens_is_counted(gate: Gate, waiting: Waiting, monkeypatch: Any) -> None:
    # The site's may be open in another test's RUN_DIR.
    monkeypatch.setattr(hooks, "count", Counters("functions").add)
    before = counts()

    def more() -> dict[str, int]:
        now = counts()
        found = {name: value - before[name] for name, value in now.items() if value > before[name]}
        before.update(now)
        return found

    ask = memoize()(lambda: gate())
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(ask) for _ in range(3)]
        until(waiting(2))
        gate.opened.set()
        assert {each.result(WAIT) for each in asked} == {1}
    assert more() == {"misses": 1, "collapsed": 2}
    ask()
    assert more() == {"hits": 1}
    delete_memoized(ask)
    ask()
    assert more() == {"misses": 1, "outdated": 1}
    brief = memoize(0.2, stale=60)(len)
    brief([1])
    kept_at = time.time()
    until(lambda: time.time() > kept_at + 0.2)
    brief([1])
    assert more() == {"misses": 2, "outdated": 1}
    ask.uncached()
    assert more() == {}
