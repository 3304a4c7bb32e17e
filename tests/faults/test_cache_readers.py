"""The hammer of signed-in readers: own names only, nothing stale, no name after signing out."""

import itertools
import json
import random
import re
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPException

import pytest

from deploy.private_servers import Services
from tests.faults.cache_site import Host, stage
from tests.http.conftest import redis_numbers

pytestmark = pytest.mark.http
NAME = re.compile(r"Reader (\d+) as (\d+)")
TITLE = re.compile(r"\bTitle (\d+)")
LANGUAGES = ("en", "zh-CN")
FOR_PROGRAMS = ("/article", "/feeds/atom/", "/feeds/rss/", "/sitemap.xml", "/robots.txt")
WRITES = ("update", "bulk", "raw", "atomic")
MAKE_READERS = """
from accounts.models import User
for number in range({readers}):
    User.objects.create_user(f"reader{{number:02}}", display_name=f"Reader {{number}} as 0")
"""


@pytest.fixture(scope="module")
def host(servers: Services, static_files: None) -> Iterator[Host]:
    with stage(servers, next(redis_numbers)) as scene, scene.host.serve("granian", "gunicorn"):
        scene.host.shell(MAKE_READERS.format(readers=50))
        yield scene.host


class Hammer:
    """What was written before a request begins has to be in its answer."""

    def __init__(self, host: Host, seconds: float) -> None:
        self.host, self.end = host, time.monotonic() + seconds
        self.title, self.names = 0, [0] * 50
        self.wrong: list[str] = []
        self.answers = self.sign_outs = self.from_memory = 0
        article = re.search(r'href="(/articles/\d+/[^"]+/)"', host.ask("granian", "/").text)
        assert article is not None
        year = f"/archive/{time.gmtime().tm_year}/"
        self.pages = ["/", "/articles", "/articles?page=1", article[1], "/authors/alice_writes/",
                      "/about/", "/docs/", "/docs/pool/", "/tags/", "/archive/", year,
                      *FOR_PROGRAMS]  # fmt: skip

    def is_on(self) -> bool:
        return time.monotonic() < self.end

    def ask(self, path: str, cookie: str = "") -> str:
        server = random.choice([*self.host.servers])
        headers = {"Accept-Language": random.choice(LANGUAGES)}
        headers |= {"Cookie": cookie} if cookie else {}
        answer = self.host.ask(server, path, **headers)
        if answer.status != 200:
            self.wrong.append(f"{answer.status} at {path} of {server}")
        self.answers += 1
        return answer.text

    def look(self, path: str, cookie: str = "", reader: int | None = None) -> None:
        title = self.title
        version = 0 if reader is None else self.names[reader]
        text = self.ask(path, cookie)
        found = {(int(number), int(shown)) for number, shown in NAME.findall(text)}
        if any(int(each) < title for each in TITLE.findall(text)):
            self.wrong.append(f"stale: {path} shows {TITLE.findall(text)}, not {title}")
        if reader is None and (found or 'class="account-link"' in text):
            self.wrong.append(f"{path} shows {found} to a visitor who is not signed in")
        named = set() if reader is None or path in FOR_PROGRAMS else {reader}
        if {number for number, _ in found} != named:
            self.wrong.append(f"{path} shows {found} to reader {reader}")
        if any(shown < version for _, shown in found):
            self.wrong.append(f"stale: {path} shows {found}, not version {version}")

    def read(self, reader: int) -> None:
        while self.is_on():
            cookie = self.host.admit(f"reader{reader:02}")
            token = self.host.ask("granian", "/", Cookie=cookie).cookie
            cookie = f"{cookie}; {token}"
            for path in random.choices(self.pages, k=10):
                for _ in range(3):  # the second one may come from memory
                    self.look(path, cookie, reader)
            self.ask("/cache/leave/", cookie)
            self.sign_outs += 1
            for path in random.choices(self.pages, k=3):
                self.look(path, cookie)

    def visit(self) -> None:
        while self.is_on():
            self.look(random.choice(self.pages))

    def write(self, readers: int) -> None:
        for number in itertools.count(1):
            if not self.is_on():
                return
            server, way = random.choice([*self.host.servers]), random.choice(WRITES)
            self.host.write(server, way, f"Title {number}")
            self.title = number
            reader = random.randrange(readers)
            version = self.names[reader] + 1
            name = f"Reader+{reader}+as+{version}"
            self.host.ask(server, f"/cache/call/reader{reader:02}/?name={name}")
            self.names[reader] = version
            time.sleep(0.1)


def hammer(host: Host, readers: int, visitors: int, seconds: float) -> Hammer:
    host.write("granian", "update", "Title 0")
    run = Hammer(host, seconds)

    def guarded(target: object, *args: int) -> None:
        try:
            target(*args)  # type: ignore[operator]
        except (OSError, HTTPException) as error:
            run.wrong.append(repr(error))

    jobs = [(run.read, each) for each in range(readers)] + [(run.write, readers)]
    threads = [threading.Thread(target=guarded, args=job) for job in jobs]
    threads += [threading.Thread(target=guarded, args=(run.visit,)) for _ in range(visitors)]
    with ExitStack() as stack:
        for each in threads:
            each.start()
            stack.callback(each.join)
    caches = json.loads(host.manage("cache_status", "--json").stdout)["caches"]
    run.from_memory = next(each["hits"] for each in caches if each["cache"] == "parts")
    print(f"{run.answers} answers ({run.from_memory} of readers from memory), ", end="")
    print(f"{run.title} writes, {run.sign_outs} sign-outs")
    return run


def test_readers_see_their_own_name_and_nothing_stale(host: Host) -> None:
    run = hammer(host, readers=5, visitors=2, seconds=5)
    assert run.wrong == [] and run.title and run.sign_outs and run.from_memory


@pytest.mark.soak
def test_fifty_readers_see_their_own_name_and_nothing_stale(host: Host) -> None:
    run = hammer(host, readers=50, visitors=10, seconds=60)
    assert run.wrong == [] and run.title > 50 and run.sign_outs > 50 and run.from_memory
