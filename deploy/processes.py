"""Processes that cannot be left behind: started, awaited and stopped by those who need them."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60  # seconds a server may take to answer
AGAIN, LAST_WORD = 2, 10  # seconds between two SIGTERM, and until SIGKILL


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
    """A server of our own: it writes to `log`; Ctrl-C reaches it only through us."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            cwd=ROOT,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
    try:
        yield process
    finally:
        stop(process)


def die_with_parent() -> None:
    """In the child, before exec: SIGTERM for it when the process that started it is gone."""
    set_parent_death_signal = 1  # PR_SET_PDEATHSIG of linux/prctl.h
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)


def stop(process: subprocess.Popen[Any]) -> None:
    """SIGTERM, again while it does not heed it, then SIGKILL to it and what it started."""
    deadline = time.monotonic() + LAST_WORD
    while time.monotonic() < deadline:
        process.terminate()  # a server that is just starting may miss one
        try:
            process.wait(AGAIN)
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
    """Return once `answers` stops raising `not_yet`; show the log of a server that never does."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            answers()
            return
        except not_yet as error:
            if server.poll() is not None or time.monotonic() > deadline:
                text = log.read_text(errors="replace") if log else ""
                raise SystemExit(f"{server.args[0]} does not answer: {error}\n{text}") from None
        time.sleep(0.02)
