"""Of many callers that miss one value, one computes it: in threads, tasks and processes."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache

from core.caching import cached, delete_memoized, memoize, single_flight
from core.monitoring.cache_report import caches
from core.signals import cache_memoize_hit, cache_memoize_miss
from core.workers.per_process import MISSING
from tests.processes import ROOT, die_with_parent

WAIT = 20  # seconds: no test takes so long unless it fails
Waiting = Callable[[int], Callable[[], bool]]
on_redis = pytest.mark.skipif(
    settings.INKPOOL_CACHE_URL is None, reason="runs in the pass on Redis"
)


class Gate:
    """A function that waits until it may go on, and counts its calls."""

    def __init__(self) -> None:
        self.calls = 0
        self.entered, self.opened = threading.Event(), threading.Event()

    def __call__(self) -> int:
        self.calls += 1
        number = self.calls
        self.entered.set()
        assert self.opened.wait(WAIT)
        return number


@pytest.fixture
def gate() -> Gate:
    return Gate()


def until(answers: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT
    while not answers():
        assert time.monotonic() < deadline
        time.sleep(0.002)


@pytest.fixture
def waiting(monkeypatch: Any) -> Waiting:
    """waiting(3)() says whether as many threads wait for what another computes."""
    pausing: set[int] = set()

    def pause(seconds: float) -> None:
        pausing.add(threading.get_ident())
        time.sleep(seconds)

    clock = SimpleNamespace(sleep=pause, monotonic=time.monotonic, time=lambda: time.time())
    monkeypatch.setattr(single_flight, "time", clock)
    return lambda count: lambda: len(pausing) == count


def test_fifty_threads_that_miss_make_one_call(gate: Gate, waiting: Waiting) -> None:
    ask = memoize()(lambda: [gate()])
    with ThreadPoolExecutor(50) as pool:
        asked = [pool.submit(ask) for _ in range(50)]
        until(waiting(49))
        gate.opened.set()
        values = [each.result(WAIT) for each in asked]
    assert values == [[1]] * 50
    assert len(set(map(id, values))) == 50  # each caller has its own list


def test_fifty_tasks_that_miss_make_one_call() -> None:
    calls = []

    @memoize()
    async def ask(number: int) -> int:
        calls.append(number)
        await asyncio.sleep(0.01)
        return number

    async def main() -> list[int]:
        return await asyncio.gather(*(ask(7) for _ in range(50)))

    assert asyncio.run(main()) == [7] * 50
    assert calls == [7]
    assert asyncio.run(main()) == [7] * 50
    assert calls == [7]


def test_cancelled_task_leaves_nobody_waiting() -> None:
    started = []

    @memoize()
    async def ask() -> int:
        started.append(1)
        if len(started) == 1:
            await asyncio.Event().wait()
        return len(started)

    async def main() -> int:
        leader = asyncio.create_task(ask())
        while not started:
            await asyncio.sleep(0)
        follower = asyncio.create_task(ask())
        await asyncio.sleep(0.05)
        leader.cancel()
        return await follower

    assert asyncio.run(main()) == 2


def test_task_computes_after_its_patience() -> None:
    entered: list[int] = []

    @memoize(patience=0.05)
    async def ask() -> int:
        entered.append(1)
        number = len(entered)
        if number == 1:
            await asyncio.sleep(0.3)
        return number

    async def main() -> tuple[int, ...]:
        leader = asyncio.create_task(ask())
        while not entered:
            await asyncio.sleep(0)
        impatient, cancelled = asyncio.create_task(ask()), asyncio.create_task(ask())
        await asyncio.sleep(0)
        cancelled.cancel()
        return await impatient, await leader

    assert asyncio.run(main()) == (2, 1)


def test_async_functions_have_deletes_signals_and_attributes() -> None:
    told = []

    @memoize(30)
    async def ask(number: int) -> int:
        return len(told) * 100 + number

    async def heard(signal: Any, **about: Any) -> None:
        told.append(signal)

    async def main() -> list[int]:
        first = [await ask(1), await ask(1)]
        await asyncio.to_thread(delete_memoized, ask)
        return [*first, await ask(1)]

    cache_memoize_hit.connect(heard)
    cache_memoize_miss.connect(heard)
    try:
        assert asyncio.run(main()) == [101, 101, 301]
    finally:
        cache_memoize_hit.disconnect(heard)
        cache_memoize_miss.disconnect(heard)
    assert told == [cache_memoize_miss, cache_memoize_hit, cache_memoize_miss]
    assert ask.cache_timeout == 30
    assert asyncio.iscoroutinefunction(ask.uncached)


def test_waiters_compute_when_the_result_is_not_kept(gate: Gate, waiting: Waiting) -> None:
    ask = memoize(response_filter=lambda value: False)(lambda: gate())
    with ThreadPoolExecutor(5) as pool:
        asked = [pool.submit(ask) for _ in range(5)]
        until(waiting(4))
        gate.opened.set()
        assert sorted(each.result(WAIT) for each in asked) == [1, 2, 3, 4, 5]


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
        first = pool.submit(ask)
        assert gate.entered.wait(WAIT)
        begun = time.monotonic()
        assert ask() == -1
        assert 0.05 <= time.monotonic() - begun < 2
        gate.opened.set()
        assert first.result(WAIT) == 1


def test_function_that_calls_itself_does_not_wait_for_itself() -> None:
    depth = []

    @memoize()
    def ask() -> int:
        depth.append(1)
        return ask() + 1 if len(depth) < 3 else 0

    begun = time.monotonic()
    assert ask() == 2
    assert time.monotonic() - begun < 2


def test_coroutine_function_that_calls_itself_does_not_wait_for_itself() -> None:
    depth = []

    @memoize()
    async def ask() -> int:
        depth.append(1)
        return await ask() + 1 if len(depth) < 3 else 0

    begun = time.monotonic()
    assert asyncio.run(ask()) == 2
    assert time.monotonic() - begun < 2


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


@pytest.fixture(scope="module")
def processes() -> Iterator[subprocess.Popen[str]]:
    """A process that forks others which ask: see its own description."""
    started = subprocess.Popen(
        [sys.executable, "-m", "tests.core.caching.caching_worker"],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "core.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=die_with_parent,
    )
    yield started
    started.communicate()


def tell(process: subprocess.Popen[str], *words: object) -> None:
    assert process.stdin
    print(*words, file=process.stdin, flush=True)


def heard(process: subprocess.Popen[str], count: int) -> list[str]:
    assert process.stdout
    return sorted(process.stdout.readline().rstrip() for _ in range(count))


@on_redis
def test_fifty_threads_in_each_of_two_processes_make_one_call(
    processes: subprocess.Popen[str],
) -> None:
    tell(processes, "ask", 2, name := secrets.token_hex(4), 10)
    assert heard(processes, 3) == sorted(["computed", *[name.upper()] * 2])


@on_redis
def test_killed_process_delays_others_by_half_its_patience(
    processes: subprocess.Popen[str],
) -> None:
    tell(processes, "hang", 1, name := secrets.token_hex(4), 3)
    pid, said = heard(processes, 2)
    assert said == "computed"
    os.kill(int(pid), signal.SIGKILL)
    begun = time.monotonic()
    tell(processes, "ask", 2, name, 3)
    assert heard(processes, 3) == sorted(["computed", *[name.upper()] * 2])
    assert time.monotonic() - begun < 3  # half its patience, and the computing


@on_redis
def test_every_key_expires() -> None:
    memoize(0, stale=5)(lambda: 1)()
    cached(key_prefix="x")(lambda: 1)()
    counted = memoize()(len)
    counted([1])
    delete_memoized(counted, [1])
    redis = cache.client.get_client(write=True)
    keys = list(redis.scan_iter(f"{cache.key_prefix}:*"))
    assert len(keys) >= 6
    assert [key for key in keys if redis.ttl(key) < 0] == []


@pytest.mark.parametrize("patience", [0, 0.0001])
def test_caller_without_patience_computes(patience: float, caplog: Any) -> None:
    ask = memoize(patience=patience)(lambda: [1])
    assert [ask(), ask()] == [[1], [1]]
    assert caplog.messages == []


@pytest.mark.parametrize("patience", [-1, float("nan"), float("inf")])
def test_impossible_patience_is_refused(patience: float) -> None:
    with pytest.raises(ValueError, match="patience="):
        memoize(patience=patience)


def counts() -> dict[str, int]:
    rows = {row["cache"]: row for row in caches()}
    row = rows.get("functions", {})
    return {name: row.get(name, 0) for name in ("hits", "misses", "outdated", "collapsed")}


def test_what_happens_is_counted(gate: Gate, waiting: Waiting, monkeypatch: Any) -> None:
    # They may be open in another test's RUN_DIR.
    monkeypatch.setattr(single_flight.numbers.file, "_made", MISSING)
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
