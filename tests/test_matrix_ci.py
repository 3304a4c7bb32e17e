"""What `.ci/run` says and exits with when MySQL cannot be had, and when the site fails on it."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.processes import ROOT
from tests.matrix import __main__ as matrix
from tests.matrix import ci, sid, work
from tests.matrix.work import CannotRunError, FailedError

pytestmark = pytest.mark.doors
NO_NAME = "E: Failed to fetch http://mirror/sid/InRelease  Could not resolve 'mirror'"
SUMMARY = "E: Some index files failed to download."


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """The only programs on the PATH, as shell scripts."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(sid, "KEYRING", folder)
    monkeypatch.setattr(work, "LOGS", tmp_path / "logs")

    def programs(**scripts: str) -> None:
        for name, script in scripts.items():
            path = folder / name.replace("_", "-")
            path.write_text(f"#!/bin/sh\n{script}\n")
            path.chmod(0o755)

    return programs


def why_not(folder: Path) -> str:
    with pytest.raises(CannotRunError) as raised:
        sid.fetch(folder / "sid")
    assert not (folder / "sid").exists()
    return str(raised.value)


def test_without_apt_the_server_cannot_be_fetched(programs: Callable[..., None], tmp_path: Path):
    programs(dpkg_deb="")
    assert "apt-get" in why_not(tmp_path)


def test_apts_first_error_is_the_reason(programs: Callable[..., None], tmp_path: Path):
    programs(dpkg_deb="", apt_get=f'echo "W: slow\n{NO_NAME}\n{SUMMARY}"; exit 100')
    assert why_not(tmp_path) == NO_NAME.removeprefix("E: ")


def test_a_package_that_cannot_be_unpacked_is_a_reason(
    programs: Callable[..., None], tmp_path: Path
):
    put = f": > {tmp_path}/sid.apt/archives/mysql.deb"
    programs(dpkg_deb="echo no space left; exit 2", apt_get=put)
    assert why_not(tmp_path) == "dpkg-deb exits with 2: no space left"


def test_a_server_that_does_not_start_is_a_reason(
    programs: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    programs(mysqld="echo kernel too old >&2; exit 1")
    monkeypatch.setattr(sid, "program", lambda name: tmp_path / "bin" / name)
    with pytest.raises(CannotRunError, match="mysqld does not start: kernel too old"):
        sid.version("mysqld")


@pytest.fixture
def result_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Exception], int]:
    """The exit code of the row when MySQL's program is asked for in vain."""

    def result_of(error: Exception) -> int:
        def program(name: str) -> Path:
            log = work.log_file(ci.NAME)
            log.parent.mkdir()
            log.write_text("the row's own words\n")
            raise error

        monkeypatch.setattr(sid, "program", program)
        return ci.main()

    monkeypatch.setattr(work, "LOGS", tmp_path / "logs")
    monkeypatch.setattr(matrix, "LOGS", work.FOLDER / "logs")
    return result_of


def test_a_row_that_cannot_run_is_named_in_the_last_line(
    result_of: Callable[[Exception], int], capsys: pytest.CaptureFixture[str]
):
    assert result_of(CannotRunError("no network")) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "MySQL row NOT RUN: no network"


def test_a_row_that_fails_shows_its_log_and_exits_with_1(
    result_of: Callable[[Exception], int], capsys: pytest.CaptureFixture[str]
):
    assert result_of(FailedError("1 failed")) == 1
    shown = capsys.readouterr().out
    assert "the row's own words" in shown and "FAILED" in shown
    assert "NOT RUN" not in shown


@pytest.mark.parametrize(
    ("tests", "row", "code", "last"),
    [
        ("exit 3", "echo row", 3, "MySQL row NOT RUN: make test failed"),
        ("echo tests", "echo row; exit 1", 1, "row"),
        ("echo tests", "echo row", 0, "row"),
    ],
)
def test_ci_exits_as_the_tests_did_or_as_the_row_did(
    programs: Callable[..., None], tmp_path: Path, tests: str, row: str, code: int, last: str
):
    programs(make=tests)
    for place, text in ((".venv/bin/python", f"#!/bin/sh\n{row}\n"), (".ci/run", "")):
        (tmp_path / place).parent.mkdir(parents=True)
        (tmp_path / place).write_text(text)
        (tmp_path / place).chmod(0o755)
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
    done = subprocess.run(
        ["/bin/bash", tmp_path / ".ci" / "run"],
        env={"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout.splitlines()[-1]) == (code, last)
