"""Child processes end with this process, not with the thread that starts them."""

import os
import select
import signal
import subprocess
import sys
import threading

import pytest

from deploy.processes import ROOT, begin, stop

PARENT = """
import sys, threading
from deploy.processes import begin
started = []
thread = threading.Thread(target=lambda: started.append(begin(["sleep", "1000"])))
thread.start(); thread.join()
print(started[0].pid, flush=True)
sys.stdin.read()
"""


def test_child_outlives_the_thread_that_started_it() -> None:
    started: list[subprocess.Popen[bytes]] = []
    thread = threading.Thread(target=lambda: started.append(begin(["sleep", "1000"])))
    thread.start()
    thread.join()
    with pytest.raises(subprocess.TimeoutExpired):  # the kernel would have ended it by now
        started[0].wait(0.3)
    stop(started[0])


def test_child_of_a_thread_ends_with_its_process() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout
        descriptor = os.pidfd_open(int(parent.stdout.readline()))
        parent.send_signal(signal.SIGKILL)
    try:
        assert select.select([descriptor], [], [], 20)[0]  # readable once it has ended
    finally:
        os.close(descriptor)
