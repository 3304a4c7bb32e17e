"""Carries out the steps of docs/build-an-app.md, in a copy of the checkout.

The words behind the three backticks of a block, which a page does not show, say what to do with it:
`python file: PATH` writes a file, `po add: PATH` adds the block to its end, `text row: PATH`
replaces the row of a table that begins with the same cell, `shell step` runs each line.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from deploy.processes import ROOT

PAGES = [ROOT / "docs/build-an-app.md", ROOT / "docs/zh-hans/build-an-app.md"]
STEP = re.compile(
    r"^```(?:\w+ )?(file|add|row|step)(?:: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
NOT_COPIED = shutil.ignore_patterns(
    ".*cache", ".git", ".hypothesis", ".run", ".venv*", "*.sqlite3*", "__pycache__", "media",
    "screenshots", "staticfiles",
)  # fmt: skip


class Step(NamedTuple):
    action: str
    path: str  # empty for a command
    text: str


def steps(page: Path) -> list[Step]:
    return [Step(*found) for found in STEP.findall(page.read_text(encoding="utf-8"))]


def checkout(folder: Path) -> Path:
    """A copy of this checkout, without data and without what is made from it."""
    shutil.copytree(ROOT, folder, ignore=NOT_COPIED)
    return folder


def carry_out(step: Step, folder: Path) -> None:
    path = folder / step.path
    if step.action == "step":
        for line in step.text.splitlines():
            typed(line, folder)
    elif step.action == "file":
        path.write_text(step.text, encoding="utf-8")
    elif step.action == "add":
        path.write_text(path.read_text(encoding="utf-8") + step.text, encoding="utf-8")
    else:
        replace_row(path, step.text)


def replace_row(path: Path, row: str) -> None:
    cell = row[: row.index(" |", 1)]
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    (number,) = [number for number, line in enumerate(lines) if line.startswith(f"{cell} |")]
    lines[number] = row
    path.write_text("".join(lines), encoding="utf-8")


def typed(line: str, folder: Path) -> str:
    """What the command prints that a person types in the folder. Fails if the command does."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONWARNINGS": "error",
    }
    done = subprocess.run(
        line, shell=True, cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    return done.stdout
