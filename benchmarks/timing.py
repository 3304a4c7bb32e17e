"""How both sides are timed: one call after the other, or many threads at once."""

import threading
from collections import Counter
from collections.abc import Callable
from time import perf_counter
from typing import Any, NamedTuple


class Operation(NamedTuple):
    """What is timed, and what has to be made for it beforehand, untimed."""

    run: Callable[..., Any]
    prepare: Callable[[], Any] | None = None


def timed(operation: Operation, times: int, run: bool = True) -> list[float]:
    """The seconds of each call; `run` false only prepares, to count what that costs."""
    seconds = []
    for _ in range(times):
        arguments = (operation.prepare(),) if operation.prepare else ()
        start = perf_counter()
        if run:
            operation.run(*arguments)
        seconds.append(perf_counter() - start)
    return seconds


def crowd(request: Callable[[], Any], threads: int, times: int = 1) -> dict[str, Any]:
    """All threads start together; each makes its requests one after the other."""
    gate = threading.Barrier(threads + 1)
    seconds: list[float] = []
    errors: Counter[str] = Counter()

    def visit() -> None:
        gate.wait()
        for _ in range(times):
            start = perf_counter()
            try:
                request()
            except Exception as error:
                errors[type(error).__name__] += 1
            seconds.append(perf_counter() - start)

    visitors = [threading.Thread(target=visit) for _ in range(threads)]
    for visitor in visitors:
        visitor.start()
    gate.wait()
    start = perf_counter()
    for visitor in visitors:
        visitor.join()
    return {"seconds": seconds, "errors": errors, "wall": perf_counter() - start}
