"""The two JSON answers, byte for byte."""

from collections.abc import Iterator

import pytest

from tests.site import Site, Visitor

pytestmark = pytest.mark.http
PROGRAM = {"Accept": "application/json"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture
def two(site: Site, alice: Visitor) -> Iterator[list[str]]:
    """Two published articles, the later one first, and nothing else but a draft."""
    site.shell("from articles.models import Article; Article.objects.all().delete()")
    first = alice.write(title='Quotes " and <tags>')
    second = alice.write(title="Django 连接池")
    alice.write("save", title="A draft")
    return [second, first]


def number(address: str) -> str:
    return address.split("/")[2]


def test_articles(two: list[str], charlie: Visitor):
    newer, older = map(number, two)
    answer = charlie.get("/articles", headers=PROGRAM)
    expected = (
        f'[{{"id":{newer},"title":"Django 连接池","author":"alice_writes"}},'
        f'{{"id":{older},"title":"Quotes \\" and <tags>","author":"alice_writes"}}]'
    )
    assert answer.content == expected.encode()
    assert answer.headers["Content-Type"] == "application/json"
    assert "Accept" in answer.headers["Vary"]


def test_article(two: list[str], charlie: Visitor):
    newer, older = two
    answer = charlie.get("/article", headers=PROGRAM)
    expected = (
        '{"code":100,"msg":"成功","result":['
        f'{{"id":{number(newer)},"name":"Django 连接池","url":"{newer}"}},'
        f'{{"id":{number(older)},"name":"Quotes \\" and <tags>","url":"{older}"}}]}}'
    )
    assert answer.content == expected.encode()
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("path", ["/articles", "/articles/"])
@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        (PROGRAM, "application/json"),
        ({"Accept": "*/*"}, "application/json"),
        ({"Accept": ""}, "application/json"),
        ({"Accept": "text/plain"}, "application/json"),
        (BROWSER, "text/html; charset=utf-8"),
    ],
)
def test_who_gets_what(charlie: Visitor, path: str, headers: dict[str, str], kind: str):
    answer = charlie.get(path, headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, kind)


def test_at_most_ten(site: Site, charlie: Visitor):
    site.shell(
        "from articles.models import Article; from accounts.models import User\n"
        "alice = User.objects.get(username='alice_writes')\n"
        "for n in range(11):\n"
        "    Article.objects.create(author=alice, title=f'N{n}', body='b', status='published')"
    )
    titles = [row["title"] for row in charlie.get("/articles", headers=PROGRAM).json()]
    assert titles == [f"N{n}" for n in range(10, 0, -1)]
    assert [row["name"] for row in charlie.get("/article").json()["result"]] == titles
