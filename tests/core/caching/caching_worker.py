"""Processes that ask for one value, in fifty threads each.

Reads lines `ask COUNT NAME PATIENCE` or `hang …` and forks so many processes. One says `computed`
whenever it computes, and last what its threads were given; one that is to hang says its number
and computes for ever.
"""

import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
django.setup()

from core.caching import memoize  # noqa: E402

COMPUTING = 0.3  # seconds: long enough for all to miss
THREADS = 50


def say(*words: object) -> None:
    os.write(1, " ".join(map(str, words)).encode() + b"\n")  # in one piece among processes


def ask(how: str, name: str, patience: float) -> None:
    @memoize(60, patience=patience)
    def slow(name: str) -> str:
        say("computed")
        if how == "hang":
            say(os.getpid())
            signal.pause()
        time.sleep(COMPUTING)
        return name.upper()

    with ThreadPoolExecutor(THREADS) as pool:
        say(*set(pool.map(slow, [name] * THREADS)))


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the exit codes of the children are not read
    for line in sys.stdin:
        how, count, name, patience = line.split()
        for _ in range(int(count)):
            if not os.fork():
                ask(how, name, float(patience))
                os._exit(0)
