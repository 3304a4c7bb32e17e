"""Processes that share a cache in Redis: one of them computes a value that all miss."""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from django.core.cache import cache

from core.caching import cached, delete_memoized, memoize
from deploy.processes import ROOT, begin
from tests.core.caching.gates import on_redis


@pytest.fixture(scope="module")
def processes() -> Iterator[subprocess.Popen[str]]:
    """A process that forks others which ask: see its own description."""
    started = begin(
        [sys.executable, "-m", "tests.core.caching.caching_worker"],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "core.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield started
    started.communicate()


def tell(process: subprocess.Popen[str], *words: object) -> None:
    assert process.stdin
    print(*words, file=process.stdin, flush=True)


def heard(process: subprocess.Popen[str], count: int) -> list[str]:
    assert process.stdout
    return sorted(process.stdout.readline().rstrip() for _ in range(count))


@on_redis
def test_fifty_threads_in_each_of_two_processes_make_one_call(
    processes: subprocess.Popen[str],
) -> None:
    tell(processes, "ask", 2, name := secrets.token_hex(4), 10)
    assert heard(processes, 3) == sorted(["computed", *[name.upper()] * 2])


@on_redis
def test_killed_process_delays_others_by_half_its_patience(
    processes: subprocess.Popen[str],
) -> None:
    tell(processes, "hang", 1, name := secrets.token_hex(4), 3)
    pid, said = heard(processes, 2)
    assert said == "computed"
    os.kill(int(pid), signal.SIGKILL)
    begun = time.monotonic()
    tell(processes, "ask", 2, name, 3)
    assert heard(processes, 3) == sorted(["computed", *[name.upper()] * 2])
    assert time.monotonic() - begun < 3  # half its patience, and the computing


@on_redis
def test_every_key_expires() -> None:
    memoize(0, stale=5)(lambda: 1)()
    cached(key_prefix="x")(lambda: 1)()
    counted = memoize()(len)
    counted([1])
    delete_memoized(counted, [1])
    redis = cache.client.get_client(write=True)
    keys = list(redis.scan_iter(f"{cache.key_prefix}:*"))
    assert len(keys) >= 6
    assert [key for key in keys if redis.ttl(key) < 0] == []
