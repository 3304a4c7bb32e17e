"""300 random interleavings on real servers, with the network, MariaDB and Redis away at times."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from random import Random
from threading import Lock
from typing import Any
from uuid import UUID

import httpx
import pytest

from deploy.private_servers import short_folder
from deploy.processes import stop
from tests.articles.editor_windows import ACTIONS, AT_ONCE, Answer, Author, Stored
from tests.faults.pool_site import NAME, Server, until
from tests.faults.sessions_site import FaultySite
from tests.site import PASSWORD, Site, Visitor

pytestmark = [pytest.mark.http, pytest.mark.soak]
INTERLEAVINGS, STEPS = 300, 25
ACCOUNTS = 20  # so that none reaches the limits of autosaves and of sign-ins
MAKE_ACCOUNTS = f"""
from accounts.models import User
for number in range({ACCOUNTS}):
    User.objects.create_user(f"writer_{{number:02}}", password={PASSWORD!r})
"""
STORED = f"""
SELECT 'a', body FROM {NAME}.articles_article WHERE creation_token = '{{token}}'
UNION ALL SELECT 'r', body FROM {NAME}.articles_revision WHERE body LIKE '{{seed}} %'
UNION ALL SELECT 'c', body FROM {NAME}.articles_workingcopy c
WHERE body LIKE '{{seed}} %' AND NOT is_settled AND (article_id IS NOT NULL OR NOT EXISTS (
    SELECT 1 FROM {NAME}.articles_article a
    WHERE a.author_id = c.author_id AND a.creation_token = c.token
))
"""  # the article, the revisions, and the unsaved texts that the author is offered
Counts = dict[str, int]


class ServedSite(FaultySite):
    """The application as it is deployed, on a MariaDB and a Redis that can be stopped."""

    _command = Site._command


@contextmanager
def site_on_servers() -> Iterator[tuple[ServedSite, Server]]:
    with short_folder() as folder, ExitStack() as stack:
        server = Server(folder)
        server.start()
        stack.callback(server.stop)
        server.make_database()
        redis = f"unix://{folder / 'redis.sock'}"
        site = ServedSite(
            folder, {"DATABASE_URL": server.url, "REDIS_URL": redis, "DB_POOL_TIMEOUT": "1"}
        )
        stack.enter_context(site.processes)
        site.start_redis()
        stack.enter_context(site.served("granian"))
        site.shell(MAKE_ACCOUNTS)
        yield site, server


class ServedConnection:
    """Loses some requests on their way, and some answers."""

    def __init__(self, site: Site, server: Server, seed: int, random: Random, counts: Counts):
        self.server, self.seed, self.random, self.counts = server, seed, random, counts
        self.name = f"writer_{seed % ACCOUNTS:02}"
        self.visitor: Visitor = site.visitor()
        self.visitor.timeout = 60  # type: ignore[assignment]
        self.signing_in = Lock()
        assert until(self.sign_in)

    def count(self, name: str) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1

    def get(self, path: str) -> Answer | None:
        answer = self.visitor.get(path, follow_redirects=True)
        if answer.status_code == 503:
            return None
        return Answer(200 if "data-autosave" in answer.text else 401, html=answer.text)

    def post(self, path: str, fields: dict[str, Any]) -> Answer | None:
        if self.random.random() < 0.05:
            self.count("request lost")
            return None
        token = {"csrfmiddlewaretoken": self.visitor.cookies["csrftoken"]}
        accept = {"Accept": "application/json"}
        answer = self.visitor.post(path, data=fields | token, headers=accept)
        self.count(f"{answer.status_code}")
        if self.random.random() < 0.05:
            self.count("answer lost")
            return None
        return self.understood(answer)

    def understood(self, answer: httpx.Response) -> Answer | None:
        if answer.status_code == 503:
            return None
        assert answer.status_code in (200, 302, 401, 403, 409), (answer.status_code, answer.text)
        if answer.headers["Content-Type"].startswith("application/json"):
            return Answer(answer.status_code, answer.json())
        return Answer(answer.status_code, html=answer.text)

    def sign_in(self) -> bool:
        """Whether it worked: a server may be away."""
        with self.signing_in:
            if self.visitor.get("/login").status_code == 503:
                return False
            return self.visitor.sign_in(self.name).status_code == 302

    def sign_out(self) -> None:
        token = {"csrfmiddlewaretoken": self.visitor.cookies["csrftoken"]}
        self.visitor.post("/logout", data=token)

    def stored(self, token: str) -> Stored:
        rows = self.server.ask(STORED.format(token=UUID(token).hex, seed=self.seed))
        found = {kind: [row[1] for row in rows if row[0] == kind] for kind in "arc"}
        return Stored(found["a"], set(found["r"]), set(found["c"]))


def act(author: Author) -> None:
    """One window, or both at the same moment."""
    windows = author.windows
    if author.random.random() < 0.25:
        actions = author.random.choices(AT_ONCE, k=2)
        with ThreadPoolExecutor(2) as pool:
            pairs = zip(list(windows), actions, strict=True)
            for done in [pool.submit(getattr(window, action)) for window, action in pairs]:
                done.result()
        return
    (action,) = author.random.choices(list(ACTIONS), ACTIONS.values())
    getattr(author.random.choice(windows), action)()


def interleave(site: ServedSite, server: Server, seed: int, counts: Counts) -> Author:
    random = Random(seed)
    connection = ServedConnection(site, server, seed, random, counts)
    author = Author(connection, seed)
    outage = {random.randrange(STEPS): "database", random.randrange(STEPS): "redis"}
    for step in range(STEPS):
        away = outage.get(step) if random.random() < 0.5 else None
        if away:
            counts[away] = counts.get(away, 0) + 1
            during_outage(site, server, away, author)
        act(author)
        author.check()
    connection.visitor.close()
    return author


def during_outage(site: ServedSite, server: Server, away: str, author: Author) -> None:
    if away == "database":
        server.kill()
    else:
        stop(site.redis)
    try:
        for _ in range(3):
            act(author)
    finally:
        server.start() if away == "database" else site.start_redis()


def test_300_interleavings_lose_no_text_and_make_no_duplicate(static_files: None) -> None:
    counts: Counts = {}
    with site_on_servers() as (site, server):
        authors = [interleave(site, server, seed, counts) for seed in range(INTERLEAVINGS)]
        distinct = "COUNT(*), COUNT(DISTINCT creation_token)"
        made = server.ask(f"SELECT {distinct} FROM {NAME}.articles_article")
        print(counts, "texts:", sum(len(each.in_history) for each in authors), "articles:", made)
        assert made[0][0] == made[0][1]
