"""Coroutine functions whose results are kept."""

import asyncio
from typing import Any

from core.caching import delete_memoized, memoize
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
