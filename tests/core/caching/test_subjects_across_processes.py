"""Results with subjects in several processes: none returns an old value after a commit."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.processes import ROOT, begin


def hammer(folder: Path, writes: int) -> None:
    """After a commit, no call in any process gives the value from before it."""
    words, environment = (
        folder / "words",
        os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "core.settings",
            "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
            "RUN_DIR": str(folder),
        },
    )

    def start(*role: str) -> subprocess.Popen[str]:
        command = [
            sys.executable,
            "-m",
            "tests.core.caching.caching_subjects_worker",
            *role,
            str(words),
        ]
        return begin(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    with start("prepare") as prepare:
        assert prepare.wait() == 0
    with (
        start("read", "2") as one,
        start("read", "3") as other,
        start("write", str(writes)) as writer,
    ):
        assert writer.wait() == 0
        said = [reader.communicate()[0] for reader in (one, other)]
    for line in said:
        reads, stale, computed = map(int, line.split())
        assert stale == 0
        assert 0 < computed < reads


def test_no_process_gives_an_old_result_after_a_commit(tmp_path: Path) -> None:
    hammer(tmp_path, 500)


@pytest.mark.soak
def test_no_process_gives_an_old_result_after_ten_thousand_commits(tmp_path: Path) -> None:
    hammer(tmp_path, 10_000)
