"""One variant in a process of its own: python -m benchmarks.worker MODULE VARIANT OPTIONS.

Each line it reads is an order in JSON, each line it writes the answer: the seconds of so many
single calls, or what an operation says itself. Only the standard library is imported, as in
benchmarks.timing, because both environments run it.
"""

import json
import os
import sys
from importlib import import_module
from typing import Any

from benchmarks.timing import Operation, timed


def obey(operations: dict[str, Any], order: dict[str, Any]) -> Any:
    chosen = operations[order.pop("operation")]
    return timed(chosen, **order) if isinstance(chosen, Operation) else chosen(**order)


def main(module: str, variant: str, options: str) -> None:
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever else prints must not be taken for an answer
    operations = getattr(import_module(module), variant)(**json.loads(options))
    print(json.dumps(sorted(operations)), file=answers)
    for line in sys.stdin:
        print(json.dumps(obey(operations, json.loads(line))), file=answers)
    answers.flush()
    os._exit(0)  # borrowed connections are the server's business now, not the interpreter's


if __name__ == "__main__":
    main(*sys.argv[1:])
