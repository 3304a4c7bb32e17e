"""The Flask side of one subject: python -m tests.parity.worker SUBJECT, in .venv-flask.

Each line it reads is an order in JSON, {"call": …, "args": {…}}: a function of flask_SUBJECT.py.
Each line it writes is {"value": …} or {"error": the exception's name, "message": …}. Only the
standard library is imported, for both environments know this file.
"""

import json
import os
import sys
from importlib import import_module
from typing import Any


def obey(module: Any, order: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"value": getattr(module, order["call"])(**order["args"])}
    except Exception as error:
        return {"error": type(error).__name__, "message": str(error)}


def main(subject: str) -> None:
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever else prints must not be taken for an answer
    module = import_module(f"tests.parity.flask_{subject}")
    for line in sys.stdin:
        print(json.dumps(obey(module, json.loads(line)), default=str), file=answers)
    answers.flush()
    os._exit(0)  # without waiting for threads and connections that a driver has left


if __name__ == "__main__":
    main(*sys.argv[1:])
