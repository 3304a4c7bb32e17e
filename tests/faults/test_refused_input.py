"""A text that the database refuses comes back with an answer that does not say "in a moment"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.core.http.test_returned_forms import values
from tests.faults.pool_site import NAME, PoolSite, Server, faulty_site, until
from tests.page import Page

pytestmark = pytest.mark.http
NEW = "/articles/new/"
ARTICLE = {"title": "Émile 😀", "body": "First.\r\n\r\nLast 😀.", "tags": "MySQL", "summary": "S"}


@dataclass
class Refusal:
    """A state of the database that makes it refuse an article, and its number for that."""

    number: int
    begin: str
    end: str
    fields: dict[str, str] = field(default_factory=dict)


TITLE = f"ALTER TABLE {NAME}.articles_article MODIFY title varchar(200) CHARACTER SET {{}} NOT NULL"
# MySQL does not take a character from a column that holds what it would lose.
PLAIN_TITLES = f"UPDATE {NAME}.articles_article SET title = 'Plain'"
SUMMARY = f"ALTER TABLE {NAME}.articles_article RENAME COLUMN {{}} TO {{}}"
PACKET = "SET GLOBAL max_allowed_packet = {}"
LONG = f"{'文' * 60}\n\n" * 4000  # with its HTML above a MB
REFUSALS = [
    Refusal(1366, TITLE.format("utf8mb3"), TITLE.format("utf8mb4")),
    Refusal(1054, SUMMARY.format("summary", "gone"), SUMMARY.format("gone", "summary")),
    Refusal(1153, PACKET.format(1 << 20), PACKET.format(1 << 24), {"body": LONG}),
]


@pytest.fixture(scope="module")
def running(static_files) -> Iterator[tuple[PoolSite, Server]]:
    with faulty_site("granian") as both:
        yield both


@pytest.mark.parametrize(
    "refusal",
    [REFUSALS[0], *(pytest.param(each, marks=pytest.mark.soak) for each in REFUSALS[1:])],
    ids=lambda refusal: str(refusal.number),
)
def test_a_refused_article_comes_back_and_is_saved_once_it_can_be(running, refusal):
    site, server = running
    with site.visitor() as alice:
        alice.event_hooks, alice.timeout = {}, 60
        assert alice.sign_in("alice_writes").status_code == 302
        sent = values(alice.page(NEW), "title") | ARTICLE | refusal.fields | {"publish": ""}
        server.ask(PLAIN_TITLES)
        server.ask(refusal.begin)
        server.kill_connections()  # a limit holds for new ones
        try:
            answer = alice.post(NEW, data=sent)
        finally:
            server.ask(refusal.end)
            server.kill_connections()
        assert (answer.status_code, "Retry-After" in answer.headers) == (500, False)
        page = Page(answer.text)
        assert "The database refused this request" in page.text
        returned = values(page, "title")
        typed = ARTICLE | refusal.fields
        assert {name: returned[name].splitlines() for name in typed} == {
            name: text.splitlines() for name, text in typed.items()
        }
        assert f"Error {refusal.number}: " in site.log()  # OperationalError or another
        assert alice.post(NEW, data=returned).status_code == 302


def test_an_outage_writes_one_line_for_each_503_and_one_traceback(running):
    site, server = running
    with site.visitor() as charlie:
        charlie.event_hooks, charlie.timeout = {}, 60
        assert charlie.get("/article").status_code == 200
        before = len(site.log())
        server.stop()
        try:
            answers = [charlie.get(path).status_code for path in ("/article", "/") * 10]
        finally:
            server.start()
        assert answers == [503] * 20
        assert until(lambda: charlie.get("/article").status_code == 200)
        log = site.log()[before:]
    lines = [line for line in log.splitlines() if "Service Unavailable: " in line]
    assert len(lines) == 20
    assert all("OperationalError 20" in line for line in lines)  # 2002, or 2013 of an idle one
    shown = re.findall(r"^django\.db\.utils\.OperationalError: \((\d+)", log, re.MULTILINE)
    assert 1 <= len(shown) == len(set(shown))
