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


INTERRUPTED = """
import os, signal
from deploy.processes import begin
signal.signal(signal.SIGINT, signal.default_int_handler)
os.register_at_fork(after_in_parent=lambda: os.kill(os.getpid(), signal.SIGINT))
try:
    begin(["sleep", "1000"])
except KeyboardInterrupt:
    print("interrupted")
"""


def test_interrupt_while_a_child_is_forked_is_raised_and_ends_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], cwd=ROOT, capture_output=True, text=True, timeout=30
    )
    assert (done.stdout, done.stderr) == ("interrupted\n", "")


def test_child_can_be_interrupted() -> None:
    child = begin(["grep", "SigBlk", "/proc/self/status"], stdout=subprocess.PIPE, text=True)
    assert set(child.communicate()[0].split()[1]) == {"0"}
