"""Django's password hashers with a bound on the hashes that one process computes at a time.

A hash of Argon2 takes 100 MB and up to eight cores for a fifth of a second. Without a bound as many
run as the worker has threads, and guesses at passwords leave readers neither memory nor time. With
it each hash may still use all cores for a moment.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher, PBKDF2PasswordHasher

from accounts.werkzeug_hasher import WerkzeugPasswordHasher
from core.failures.busy import TooBusy
from core.workers.per_process import per_process

LONGEST_WAIT = 3.0  # seconds
CORES_FOR_EACH_WORKER = (os.cpu_count() or 1) // settings.INKPOOL_WORKERS
AT_ONCE = max(1, CORES_FOR_EACH_WORKER // 2)  # hashes at a time
MOST_WAITING = max(1, settings.INKPOOL_THREADS // 2)  # half of the threads, too

turns = per_process(lambda: threading.BoundedSemaphore(AT_ONCE))
waiting = per_process(lambda: threading.BoundedSemaphore(MOST_WAITING))


@contextmanager
def turn() -> Iterator[None]:
    """Hold one of the turns to hash; raises TooBusy after LONGEST_WAIT or if many others wait."""
    acquire_turn()
    try:
        yield
    finally:
        turns().release()


def acquire_turn() -> None:
    if turns().acquire(blocking=False):
        return
    if not waiting().acquire(blocking=False):
        raise TooBusy(f"{MOST_WAITING} requests wait to check a password")
    try:
        if not turns().acquire(timeout=LONGEST_WAIT):
            raise TooBusy(f"waited {LONGEST_WAIT} s to check a password")
    finally:
        waiting().release()


class BoundedArgon2(Argon2PasswordHasher):
    def encode(self, password: str, salt: str) -> str:
        with turn():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with turn():
            return super().verify(password, encoded)


class BoundedPBKDF2(PBKDF2PasswordHasher):
    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        """Also part of verify()."""
        with turn():
            return super().encode(password, salt, iterations)


class BoundedWerkzeug(WerkzeugPasswordHasher):
    def encode(self, password: str, salt: str) -> str:
        with turn():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with turn():
            return super().verify(password, encoded)
