"""The code beside each trial of the live tour: the functions that run here, and Flask's program.

Flask's programs are in templates/guide/flask/; tests/parity/test_tour.py runs them on the real
packages. The source is read from the files, because the trial of the pool needs a driver that may
not be installed.
"""

import ast
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from django.template.loader import render_to_string

from core.guide.trials import TRIALS
from core.markdown import render


class Code(NamedTuple):
    """Two highlighted blocks in HTML."""

    here: str
    flask: str


@cache
def code_of_trials() -> dict[str, Code]:
    return {
        name: Code(
            highlighted("\n\n".join(map(source_of, trial.code))),
            highlighted(render_to_string(f"guide/flask/{name}.py")),
        )
        for name, trial in TRIALS.items()
    }


def source_of(name: str) -> str:
    """The source of a function or class, given its dotted name; raises LookupError for no such."""
    module, _, own_name = name.rpartition(".")
    spec = find_spec(module)
    text = Path(spec.origin).read_text(encoding="utf-8") if spec and spec.origin else ""
    for node in ast.parse(text).body:
        if getattr(node, "name", None) == own_name:
            return f"{ast.get_source_segment(text, node)}\n"
    raise LookupError(name)


def highlighted(code: str) -> str:
    return render(f"```python\n{code}```\n")
