"""Requests at a steady rate, however long the answers take; what each kind was answered, and when.

with steady_visits(socket, {"anonymous": (20, asks)}) as seen: ...
seen["anonymous"].codes, .longest
"""

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

from tests.site import HOST

MOST_AT_ONCE = 200


@dataclass
class Seen:
    codes: Counter[int] = field(default_factory=Counter)
    longest: float = 0.0

    def __str__(self) -> str:
        counts = ", ".join(f"{count} × {code}" for code, count in sorted(self.codes.items()))
        return f"{counts}; longest {self.longest:.2f} s"


Ask = Callable[[int], int]  # the number of a request, its status


@contextmanager
def steady_visits(kinds: Mapping[str, tuple[float, Ask]]) -> Iterator[dict[str, Seen]]:
    """Each kind has its rate in requests a second."""
    seen = {kind: Seen() for kind in kinds}
    over, lock = threading.Event(), threading.Lock()

    def once(kind: str, number: int) -> None:
        begun = time.monotonic()
        status = kinds[kind][1](number)
        took = time.monotonic() - begun
        with lock:
            seen[kind].codes[status] += 1
            seen[kind].longest = max(seen[kind].longest, took)

    def repeat(kind: str) -> None:
        begun, number = time.monotonic(), 0
        while not over.wait(max(0, begun + number / kinds[kind][0] - time.monotonic())):
            visits.submit(once, kind, number)
            number += 1

    with ThreadPoolExecutor(MOST_AT_ONCE) as visits, ThreadPoolExecutor(len(kinds)) as clocks:
        for kind in kinds:
            clocks.submit(repeat, kind)
        try:
            yield seen
        finally:
            over.set()


def get(place: Path, path: str, **headers: str) -> tuple[int, str, bytes]:
    """Status, Cache-Status and body: a browser of httpx costs more than the page it asks for."""
    connection = HTTPConnection(HOST, timeout=60)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.settimeout(60)
    connection.sock.connect(str(place))
    try:
        connection.request("GET", path, headers={"Accept": "text/html", **headers})
        answer = connection.getresponse()
        return answer.status, answer.headers.get("Cache-Status", ""), answer.read()
    finally:
        connection.close()
