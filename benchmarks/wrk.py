"""wrk asks a server for one page as often as it can; beside it, a page asked for once.

Whatever is no good answer raises: a figure of errors is none.
"""

import http.client
import re
import subprocess
from typing import NamedTuple

from benchmarks.servers import MariaDB, PrivateRedis
from deploy.ports import LOOPBACK

CONNECTIONS, SECONDS, COUNTED = 16, 1, 20


class Target(NamedTuple):
    """What is asked of which server: a row of a section."""

    label: str
    port: int
    path: str
    headers: dict[str, str]


def wrk(target: Target) -> float:
    """Requests a second. Raises RuntimeError for any answer but a good one."""
    headers = [word for each in target.headers.items() for word in ("-H", ": ".join(each))]
    address = f"http://{LOOPBACK}:{target.port}{target.path}"
    load = ["-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s"]
    done = subprocess.run(["wrk", *load, *headers, address], capture_output=True, text=True)
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    if not found or "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise RuntimeError(f"{target.label}, {target.path}: {done.stdout}{done.stderr}")
    get(target.port, target.path, target.headers)  # behind what wrk has left in the queue
    return float(found[1])


def get(port: int, path: str, headers: dict[str, str]) -> tuple[bytes, str]:
    """The body, and the cookie if one was set. Raises OSError while there is no good answer."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": "localhost", **headers})
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise ConnectionError(f"{path}: {answer.status}, {body[:300]!r}")
    return body, answer.headers.get("Set-Cookie", "").partition(";")[0]


def round_trips(target: Target, server: MariaDB, redis: PrivateRedis) -> dict[str, float]:
    def ask() -> None:
        for _ in range(COUNTED):
            get(target.port, target.path, target.headers)

    statements: list[int] = []
    commands = redis.commands(lambda: statements.append(server.count(ask)[0]))
    return {"Redis trips": commands / COUNTED, "SQL trips": statements[0] / COUNTED}
