"""Ctrl-C while a command is still starting ends it like Ctrl-C in its work: 130, no traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.processes import ROOT


@pytest.mark.parametrize("where", ["settings", "apps"])
def test_ctrl_c_while_a_command_starts_ends_it_without_a_traceback(
    where: str, tmp_path: Path
) -> None:
    lines = {"settings": "raise KeyboardInterrupt", "apps": "INSTALLED_APPS = ['interrupted_app']"}
    (tmp_path / "interrupted_settings.py").write_text(lines[where])
    (tmp_path / "interrupted_app.py").write_text("raise KeyboardInterrupt")
    done = subprocess.run(
        [sys.executable, "manage.py", "import_articles", "posts", "--author", "alice"],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "interrupted_settings",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
