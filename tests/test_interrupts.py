"""Ctrl-C reaches the processes that tests start, whatever the tests themselves were started by."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.processes import ROOT

pytestmark = pytest.mark.doors
SLEEP = [sys.executable, "-c", "print(flush=True); import time; time.sleep(1000)"]


def test_a_started_process_ends_at_ctrl_c() -> None:
    with subprocess.Popen(SLEEP, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            assert process.stdout and process.stdout.readline()
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=20) == -signal.SIGINT
        finally:
            process.kill()


def test_a_started_process_ends_at_ctrl_c_where_the_parent_ignores_it() -> None:
    test = f"{Path(__file__)}::{test_a_started_process_ends_at_ctrl_c.__name__}"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test],
        cwd=ROOT,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
