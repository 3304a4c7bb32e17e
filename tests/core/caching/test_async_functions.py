"""Coroutine functions whose results are kept."""

import asyncio
import time
from math import inf
from typing import Any

from asgiref.sync import sync_to_async
from django.core.cache import caches

from core.caching import delete_memoized, memoize
from core.invalidation.checked_memory import Memory
from core.invalidation.expiry import expiring_at, horizon
from core.signals import cache_memoize_hit, cache_memoize_miss


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


def test_cancelled_task_releases_the_calls_that_wait() -> None:
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


def test_result_made_of_a_kept_value_expires_with_it() -> None:
    """Also one that a task takes beside others, or another thread; not that of another call."""
    row: Memory[str] = Memory(entries=1, age=lambda value: 5.0)

    @memoize(subjects=["articles"])
    async def part() -> str:
        found = await asyncio.gather(sync_to_async(row.get)("row", lambda: "row"))
        return found[0]

    @memoize(subjects=["articles"])
    async def alone() -> str:
        return "alone"

    async def ends() -> list[float]:
        await asyncio.gather(part(), alone())  # at the same time
        entries = [caches["default"].get(call.make_cache_key()) for call in (part, alone)]
        return [timeout for _, _, timeout, _ in entries]

    async def made_of_it() -> float:
        with expiring_at(inf):
            await part()
            return horizon.until - time.monotonic()

    of_part, of_alone = asyncio.run(ends())
    assert of_part < 5.1 and of_alone > 50
    assert asyncio.run(made_of_it()) < 5.1
