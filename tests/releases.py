"""Copies of the code, as releases stand beside each other on a server: a folder each."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.processes import ROOT
from tests.own_apps import OWN_APPS

CODE = [*OWN_APPS, "templates"]
FILES = ["manage.py", "gunicorn.conf.py"]


def release(folder: Path, *, has_static_files: bool = True) -> Path:
    """A copy of the code in `folder`; that of the tests has its static files collected."""
    for name in CODE + ["staticfiles"] * has_static_files:
        ignored = shutil.ignore_patterns("__pycache__", "*.map")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in FILES:
        shutil.copy(ROOT / name, folder)
    return folder


def inside(folder: Path, *words: object) -> list[object]:
    """The command, run in this folder: `python -m` finds the code there."""
    return ["env", "-C", folder, sys.executable, *words]


def imported(
    folder: Path, door: str, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """What a worker of this release says that loads `core.wsgi` or `core.asgi`."""
    command = [str(word) for word in inside(folder, "-c", f"import {door}")]
    return subprocess.run(command, env=environment, capture_output=True, text=True)
