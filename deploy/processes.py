"""Child processes that are never left behind: started, awaited and stopped.

A child ends with the block that started it, and by the kernel if this process is killed.
"""

import ctypes
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60  # seconds a server may take to answer
SIGTERM_EVERY, SIGKILL_AFTER = 2, 10  # seconds
INTERRUPTS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


@contextmanager
def terminable() -> Iterator[None]:
    """SIGTERM and SIGHUP end the block as Ctrl-C does, so that it cleans up."""
    names = (signal.SIGTERM, signal.SIGHUP)
    before = {name: signal.signal(name, signal.default_int_handler) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


@contextmanager
def running(
    command: Sequence[object], log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends. It writes to `log`; a Ctrl-C does not reach it."""
    with log.open("ab") as output:
        process = begin(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            cwd=ROOT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        stop(process)


_lasting = ThreadPoolExecutor(1, "begins processes")


def begin(command: Sequence[str | Path], **options: Any) -> subprocess.Popen[Any]:
    """Start a child that the kernel ends (SIGTERM) when this process is gone.

    The kernel watches the thread that starts it, not the process: hence one that lasts as long.
    """
    start = partial(subprocess.Popen, command, **options)
    if threading.current_thread() is threading.main_thread():
        return _begin_uninterrupted(start)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    return _lasting.submit(start, preexec_fn=partial(die_with, os.getpid(), mask)).result()


def _begin_uninterrupted(start: Callable[..., subprocess.Popen[Any]]) -> subprocess.Popen[Any]:
    """A Ctrl-C while a process forks would be raised within a hook of fork(), where Python prints
    and forgets it; so it is held back until the child is known."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPTS)
    try:
        process = start(preexec_fn=partial(die_with, os.getpid(), mask))
    except BaseException:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        raise
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)  # raises what was held back
    except BaseException:
        stop(process)
        raise
    return process


def die_with(parent: int, mask: Collection[int]) -> None:
    set_parent_death_signal = 1  # PR_SET_PDEATHSIG of linux/prctl.h
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    if os.getppid() != parent:  # it is gone already
        os._exit(1)


def stop(process: subprocess.Popen[Any]) -> None:
    """Send SIGTERM, repeat it while the process runs, then kill it and what it started."""
    deadline = time.monotonic() + SIGKILL_AFTER
    while time.monotonic() < deadline:
        process.terminate()  # a server that is just starting may miss one
        try:
            process.wait(SIGTERM_EVERY)
            return
        except subprocess.TimeoutExpired:
            continue
    if os.getpgid(process.pid) == process.pid:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def wait_until(
    answers: Callable[[], object],
    not_yet: type[Exception],
    server: subprocess.Popen[bytes],
    log: Path | None = None,
) -> None:
    """Return once `answers` stops raising `not_yet`.

    Raises SystemExit, with the log, for a server that ends or does not answer in PATIENCE seconds.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            answers()
            return
        except not_yet as error:
            if server.poll() is not None or time.monotonic() > deadline:
                text = log.read_text(errors="replace") if log else ""
                words: Any = server.args
                raise SystemExit(f"{words[0]} does not answer: {error}\n{text}") from None
        time.sleep(0.02)
