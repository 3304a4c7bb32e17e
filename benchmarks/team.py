"""The processes of the variants: started, asked in turn, ended."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Protocol, TypeVar

from deploy.processes import ROOT, begin, stop

T = TypeVar("T")
L = TypeVar("L", bound="Labelled")
PACKAGE = "benchmarks"  # where the variants' modules are
FLASK = ROOT / ".venv-flask" / "bin" / "python"
Tell = Callable[[str], None]  # says what is being measured


@dataclass(frozen=True)
class Variant:
    """A row of the tables: what it is called, and which function makes it."""

    label: str
    module: str
    function: str
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def python(self) -> Path:
        return FLASK if self.module.endswith("_flask") else Path(sys.executable)


class Worker:
    def __init__(self, variant: Variant, environment: Mapping[str, str]) -> None:
        self.variant, self.label = variant, variant.label
        module, options = f"{PACKAGE}.{variant.module}", json.dumps(dict(variant.options))
        self.process = begin(
            [variant.python, "-m", "benchmarks.worker", module, variant.function, options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, **environment},
            start_new_session=True,  # a Ctrl-C reaches it through us
        )

    def answer(self) -> Any:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the variant {self.variant.label!r} ended; its error is above")
        return json.loads(line)

    def ask(self, operation: str, **order: Any) -> Any:
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"operation": operation, **order}) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def microseconds(self, operation: str, times: int) -> float:
        """The median of so many calls."""
        return median(self.ask(operation, times=times)) * 1e6


@contextmanager
def at_work(variant: Variant, environment: Mapping[str, str]) -> Iterator[Worker]:
    worker = Worker(variant, environment)
    try:
        worker.answer()  # its list of operations: it is ready
        yield worker
    finally:
        for pipe in (worker.process.stdin, worker.process.stdout):
            assert pipe
            pipe.close()
        stop(worker.process)


class Labelled(Protocol):
    """Whoever takes part: a process of ours, or a server that is asked."""

    @property
    def label(self) -> str: ...


def in_rounds(
    rounds: int, workers: Sequence[L], measure: Callable[[L], T], tell: Tell
) -> dict[str, list[T]]:
    """`measure` of each worker, once a round; who begins changes from round to round."""
    figures: dict[str, list[T]] = {worker.label: [] for worker in workers}
    for number in range(rounds):
        first = number % len(workers)
        for worker in [*workers[first:], *workers[:first]]:
            tell(f"round {number + 1} of {rounds}: {worker.label}")
            figures[worker.label].append(measure(worker))
    return figures
