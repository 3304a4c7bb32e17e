"""Compares what anonymous visitors see on each worker with SQL, while a crowd reads."""

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tests.faults.cache_site import Database, Host


def stale(host: Host, database: Database) -> list[str]:
    """Differences between SQL and what any worker of the host shows an anonymous visitor."""
    titles = database.titles()
    wrong: list[str] = []
    for server in host.servers:
        for path, reader in LOOKS.items():
            accept = "text/html" if path == "/" else "application/json"
            for worker, answer in host.each_worker(server, path, Accept=accept).items():
                if not reader(answer.text, titles):
                    wrong.append(f"{server} {worker} {path} ({answer.kept}): not {titles}")
    return wrong


def in_page(text: str, titles: list[str]) -> bool:
    return all(text.count(f">{title}</a>") == titles.count(title) for title in titles)


def in_feed(text: str, titles: list[str]) -> bool:
    return all(text.count(f"<title>{title}</title>") == titles.count(title) for title in titles)


LOOKS: dict[str, Callable[[str, list[str]], bool]] = {
    "/": in_page,
    "/articles": lambda text, titles: [each["title"] for each in json.loads(text)] == titles,
    "/article": lambda text, titles: [e["name"] for e in json.loads(text)["result"]] == titles,
    "/feeds/atom/": in_feed,
    "/cache/look/": lambda text, titles: json.loads(text)["titles"] == titles,
}


@contextmanager
def crowd(host: Host, *more: str) -> Iterator[list[str]]:
    """Anonymous visitors who read all the time, on every server; yields their wrong answers."""
    over, wrong = threading.Event(), []

    def read(server: str, paths: list[str]) -> None:
        while not over.is_set():
            for path in paths:
                with suppress(OSError, http.client.HTTPException):  # a worker that was killed
                    accept = "text/html" if path == "/" else "application/json"
                    answer = host.ask(server, path, Accept=accept)
                    if answer.status != 200:
                        wrong.append(f"{answer.status} at {path} of {server}")

    threads = [
        threading.Thread(target=read, args=(server, paths))
        for server in host.servers
        for paths in ([*LOOKS], [*reversed(LOOKS), *more])
    ]
    for each in threads:
        each.start()
    try:
        yield wrong
    finally:
        over.set()
        for each in threads:
            each.join()
