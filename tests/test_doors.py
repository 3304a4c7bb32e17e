"""The doors: what `make` lists, what installing asks for, and that no server is left behind."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from deploy.private_servers import PACKAGES, services, short_folder
from deploy.processes import PATIENCE, ROOT, running

pytestmark = pytest.mark.doors
SERVICES = [sys.executable, "-m", "tests.services"]
SAY_WHERE = 'echo "$REDIS_URL"; exec sleep 1000'


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A short TMPDIR of one's own, to see what is left in it."""
    with short_folder() as folder:
        yield folder


def start(temporary: Path, script: str, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*SERVICES, "sh", "-c", script],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(temporary)} | variables,
        stdout=subprocess.PIPE,
        text=True,
    )


def processes_in(folder: Path) -> list[str]:
    """The command lines of living processes that name the folder."""
    lines = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(entry.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:  # it has just ended
            continue
    return [line for line in lines if str(folder) in line]


def test_services_are_gone_after_the_command_and_its_exit_code_stays(temporary: Path):
    foreign = {"CACHE_URL": "redis://production", "REDIS_URL_FILE": "/run/secrets/redis"}
    with start(temporary, "env; exit 7", **foreign) as process:
        told = process.communicate()[0]
    assert process.returncode == 7
    assert "DATABASE_URL=mysql://" in told and str(temporary) in told
    assert not [name for name in foreign if f"{name}=" in told]
    assert list(temporary.iterdir()) == [] and processes_in(temporary) == []


@pytest.mark.parametrize(
    "name",
    ["SIGINT", *(pytest.param(each, marks=pytest.mark.soak) for each in ("SIGTERM", "SIGHUP"))],
)
def test_services_are_gone_after_a_signal(temporary: Path, name: str):
    with start(temporary, SAY_WHERE) as process:
        assert process.stdout and str(temporary) in process.stdout.readline()
        assert len(processes_in(temporary)) == 2
        process.send_signal(signal.Signals[name])
        assert process.wait() == 130
    assert list(temporary.iterdir()) == [] and processes_in(temporary) == []


def test_services_die_with_who_started_them(temporary: Path):
    with start(temporary, SAY_WHERE) as process:
        assert process.stdout and process.stdout.readline()
        process.kill()
        process.stdout.read()  # ends when the command, which holds the pipe too, is gone
    deadline = time.monotonic() + PATIENCE
    while processes_in(temporary):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_services_are_gone_after_an_error(temporary: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    with pytest.raises(ZeroDivisionError), services():
        assert len(processes_in(temporary)) == 2
        raise ZeroDivisionError
    assert list(temporary.iterdir()) == [] and processes_in(temporary) == []


def test_a_missing_server_is_one_line_to_type(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("deploy.private_servers.program", lambda name: None)
    with pytest.raises(SystemExit, match=r"apt-get install .* mariadb-.* redis-server$"):
        services().__enter__()


def test_a_server_that_fails_shows_its_log(temporary: Path):
    log = temporary / "log"
    with running(["sh", "-c", "echo no room; exit 1"], log) as process:
        process.wait()
    assert log.read_text() == "no room\n"


def test_one_control_c_right_after_the_address_ends_the_stack(temporary: Path):
    command = ["-m", "deploy.stack", "0"]
    environment = os.environ | {"TMPDIR": str(temporary)}
    child = pexpect.spawn(sys.executable, command, cwd=ROOT, env=environment, timeout=PATIENCE)
    try:
        child.expect(
            "Account demo_staff is made.\r\nPassword: .{20}\r\ndemo_staff is one of the staff"
        )
        child.expect(r"Inkpool: http://127\.0\.0\.1:(\d+)/")
        port = child.match[1].decode()
        time.sleep(0.5)
        child.sendintr()
        child.expect("Stopped; nothing is left running.", timeout=PATIENCE / 2)
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)
    assert processes_in(Path(f"--port {port}")) == []
    assert list(temporary.iterdir()) == [] and processes_in(temporary) == []


def test_a_process_that_heeds_no_sigterm_is_killed(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("deploy.processes.SIGTERM_EVERY", 0.1)
    monkeypatch.setattr("deploy.processes.SIGKILL_AFTER", 0.5)
    script = "trap '' TERM; echo ready; while :; do sleep 0.1; done"
    log = temporary / "log"
    with running(["sh", "-c", script], log) as process:
        while not log.read_text():
            time.sleep(0.02)
    assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("name", ["GRANIAN_WORKERS", "GRANIAN_BLOCKING_THREADS"])
@pytest.mark.parametrize("value", ["two", "0", ""])
def test_a_wrong_size_of_the_stack_is_one_line_before_any_server(name: str, value: str):
    done = started_with({name: value}, "deploy.stack", "0")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{name}: {value!r} is not allowed; give a whole number from 1.\n"


def test_gunicorn_without_workers_is_one_line():
    words = ["gunicorn", "--print-config", "core.wsgi:application"]
    done = started_with({"WEB_CONCURRENCY": "0"}, *words)
    assert (done.returncode, done.stdout) == (1, "")
    line = "WEB_CONCURRENCY: '0' is not allowed; give a whole number from 1."
    assert done.stderr.strip() == line


def started_with(variables: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *words]
    environment = os.environ | variables
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def test_make_help_lists_every_target():
    text = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", text, flags=re.MULTILINE))
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert targets == set(re.findall(r"^make ([a-z]+) ", listed, flags=re.MULTILINE))


def test_ci_runs_make_test_and_then_the_row_of_mysql():
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert [line.split(" || ")[0] for line in lines if line.startswith("make")] == ["make test"]
    assert lines[-1] == "exec .venv/bin/python -m tests.matrix.ci"


@pytest.fixture
def bare(temporary: Path) -> dict[str, str]:
    """The environment of somebody who is not root, on a machine with Python and nothing else."""
    tools = temporary / "bin"
    tools.mkdir()
    for name in ("dirname", "cat", "sha256sum", "grep", "rm"):
        (tools / name).symlink_to(f"/usr/bin/{name}")
    (tools / "id").write_text("#!/bin/sh\necho 1000\n")
    (tools / "id").chmod(0o755)
    return {"PATH": str(tools), "PYTHON": sys.executable}


@pytest.mark.parametrize("door", ["stack", "test"])
def test_installing_without_rights_is_one_line_to_type(bare: dict[str, str], door: str):
    done = install(bare, door)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    for package in {*PACKAGES.values(), "gcc", "pkg-config", "libmariadb-dev"}:
        assert package in done.stderr
    assert ("gettext" in done.stderr) == (door == "test")


def install(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    script = str(ROOT / "requirements" / "install.sh")
    command = ["/bin/sh", script, *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def test_installing_without_a_fitting_python_says_so(bare: dict[str, str]):
    done = install(bare | {"PYTHON": "no-such-python"}, "run")
    assert done.returncode == 1 and "Python 3.11" in done.stderr


def test_installing_names_its_words(bare: dict[str, str]):
    assert "usage" in install(bare, "jump").stderr


def test_gunicorn_trusts_no_header_and_shares_no_socket():
    command = [sys.executable, "-m", "gunicorn", "--print-config", "core.wsgi:application"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    shown = dict(re.findall(r"^(\w+) += (.*)$", done.stdout, flags=re.MULTILINE))
    assert shown["control_socket_disable"] == "True"
    assert (shown["secure_scheme_headers"], shown["forwarded_allow_ips"]) == ("{}", "[]")
    assert (shown["worker_class"], shown["bind"]) == ("gthread", "['127.0.0.1:8000']")
