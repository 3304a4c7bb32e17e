"""The search page finds what an anonymous visitor may read, and shows where."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import User
from articles.models import Article, Tag
from articles.search import search_matches
from articles.search.search_matches import ranked_keys
from articles.search.search_query import parse_query
from articles.status_changes import Action, change_status
from articles.views import searching
from tests.factories import make_article, make_user

pytestmark = pytest.mark.django_db(transaction=True)  # MySQL finds what is committed


def titles(client: Client, q: str, **filters: Any) -> list[str]:
    page = client.get("/search/", {"q": q, **filters}).context.get("page")
    return [article.title for article in page.object_list] if page else []


def keys_of(q: str) -> list[int]:
    query = parse_query(q)
    return ranked_keys(Article.objects.published(), query)


FOUND = """connection|CONNECTION|ｐｏｏｌ|cafe|the|a|c++|连接池|連接池|接池|池|mysql连接|node.js
"the connection"|“the connection”|"pool 连接"|connection -flask|connection -"pool mysql"
привет|𠮷野"""
NOT_FOUND = (
    'c|conn|连池|"connection the"|connection -pool|connection -"pool 连接"|connection missing'
)
SIGNS = """ |-|"|""|+++|*|(|AND|NEAR(|w0pool*|-pool|{title}|@1|%|\\|'"""


def test_words_of_a_query(alice: User) -> None:
    body = "Keep the connection in a pool: 连接池 with MySQL. C++, Node.js, Café, Привет, 𠮷野家."
    make_article(alice, title="Shared", body=body)
    for q in re.split("[|\n]", FOUND):
        assert keys_of(q), q
    for q in NOT_FOUND.split("|"):
        assert not keys_of(q), q


def test_signs_are_harmless(charlie: Client, article: Article) -> None:
    for q in SIGNS.split("|"):
        assert charlie.get("/search/", {"q": q}).status_code == 200, q
        assert titles(charlie, q) == [], q


def test_too_long_query_and_nul_are_refused(charlie: Client) -> None:
    assert charlie.get("/search/", {"q": "x" * 5000}).status_code == 400
    assert charlie.get("/search/", {"q": "池" * 201}).status_code == 400
    assert "Null characters" in charlie.get("/search/", {"q": "a\0b"}).content.decode()


def test_title_comes_before_text_and_newer_before_older(charlie: Client, alice: User) -> None:
    now = timezone.now()
    for days, title, body in [
        (4, "Pool, old", "x"), (3, "Text, old", "pool"),
        (2, "Text, new", "pool"), (9, "A pool", "x"),
    ]:  # fmt: skip
        make_article(alice, title=title, body=body, publish_at=now - timedelta(days=days))
    assert titles(charlie, "pool") == ["Pool, old", "A pool", "Text, new", "Text, old"]


def test_excluded_word_in_the_text_of_a_matching_title(alice: User) -> None:
    make_article(alice, title="Pool", body="flask")
    assert keys_of("pool") and not keys_of("pool -flask")


def test_article_is_found_exactly_while_it_is_public(charlie: Client, alice: User) -> None:
    article = make_article(alice, title="Pool", status="draft")
    assert titles(charlie, "pool") == []
    steps = [
        (Action.PUBLISHED, True), (Action.HIDDEN, False), (Action.SHOWN, True),
        (Action.TRASHED, False), (Action.RECOVERED, True), (Action.WITHDRAWN, False),
    ]  # fmt: skip
    for action, is_public in steps:
        assert change_status(article.pk, action, alice)
        assert titles(charlie, "pool") == (["Pool"] if is_public else [])


def test_scheduled_article_is_found_when_it_is_due(charlie: Client, alice: User) -> None:
    due = timezone.now() + timedelta(hours=1)
    make_article(alice, title="Pool", publish_at=due)
    assert titles(charlie, "pool") == []
    with time_machine.travel(due + timedelta(seconds=1)):
        assert titles(charlie, "pool") == ["Pool"]


def test_hidden_comment_is_not_found(charlie: Client, alice: User) -> None:
    make_article(alice, body="Shown <!-- secret -->")
    assert titles(charlie, "shown") and not titles(charlie, "secret")


def test_filters(charlie: Client, alice: User) -> None:
    bob = make_user("bob_writes")
    english = make_article(alice, title="Pool", publish_at=datetime(2024, 5, 1, tzinfo=UTC))
    english.tags.set(Tag.objects.named(["MySQL"]))
    make_article(bob, title="连接 pool", publish_at=datetime(2025, 5, 1, tzinfo=UTC))
    assert len(titles(charlie, "pool")) == 2
    for filters in (
        {"author": "Alice_Writes"},
        {"tag": "mysql"},
        {"language": "en"},
        {"year": 2024},
    ):
        assert titles(charlie, "pool", **filters) == ["Pool"], filters
    assert titles(charlie, "pool", author="nobody", tag="MySQL") == []
    for filters in ({"year": "x"}, {"year": 0}, {"language": "fr"}):
        page = charlie.get("/search/", {"q": "pool", **filters}).content.decode()
        assert "field-error" in page


def test_words_are_marked_and_text_is_escaped(charlie: Client, alice: User) -> None:
    make_article(
        alice, title="<b>Pool</b>", body="`<i>` " + "before " * 90 + "a POOL of 連接池 & more"
    )
    page = charlie.get("/search/", {"q": "pool 连接"}).content.decode()
    assert "&lt;b&gt;<mark>Pool</mark>&lt;/b&gt;" in page
    assert "… before" in page
    assert "a <mark>POOL</mark> of <mark>連接</mark>池 &amp; more" in page


def test_no_result_tells_what_to_try(charlie: Client, article: Article) -> None:
    page = charlie.get("/search/", {"q": "missing", "year": 2020}).content.decode()
    assert "No article has these words." in page
    assert '<a href="?q=missing">' in page


def test_pages_and_a_bound_of_ranked_matches(
    charlie: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        make_article(alice, title=f"Pool {number}")
    monkeypatch.setattr(searching, "PER_PAGE", 2)
    for module in (searching, search_matches):
        monkeypatch.setattr(module, "MOST_MATCHES", 5)
    answer = charlie.get("/search/", {"q": "pool", "page": 3})
    assert [each.title for each in answer.context["page"].object_list] == ["Pool 1"]
    assert "More than 1,000 articles" in answer.content.decode()
    assert "?q=pool&amp;page=2" in answer.content.decode()


def test_more_matches_than_are_read(
    charlie: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        make_article(alice, title=f"Text {number}", body="pool")
    make_article(alice, title="Pool", body="x", status="draft")
    make_article(make_user("bob_writes"), title="Text by Bob", body="pool")
    monkeypatch.setattr(search_matches, "MOST_READ", 3)
    for module in (searching, search_matches):
        monkeypatch.setattr(module, "MOST_MATCHES", 2)
    answer = charlie.get("/search/", {"q": "pool"})
    assert answer.context["has_more"] and len(answer.context["page"].object_list) == 2
    assert titles(charlie, "pool", author="bob_writes") == ["Text by Bob"]


def test_chinese_words_are_pairs_and_in_quotation_marks_side_by_side(alice: User) -> None:
    make_article(alice, title="Apart", body="连接很多，再接池水。")
    assert keys_of("连接池")
    assert not keys_of('"连接池"')
    assert keys_of("连接 -连接池")


def test_search_takes_six_queries(
    charlie: Client, alice: User, django_assert_num_queries: Any
) -> None:
    for number in range(12):
        make_article(alice, title=f"Pool {number}").tags.set(Tag.objects.named([f"t{number}"]))
    with django_assert_num_queries(6):  # titles, texts, keys; articles, authors, tags
        assert len(titles(charlie, "pool")) == 10


def test_search_engines_are_kept_out(charlie: Client) -> None:
    assert charlie.get("/search/?q=x")["X-Robots-Tag"] == "noindex"
    assert "Disallow: /search/" in charlie.get("/robots.txt").content.decode()


def test_authors_search_their_own_articles(alice_client: Client, alice: User) -> None:
    for title, status in [("Draft", "draft"), ("Shown", "published"), ("Other", "draft")]:
        make_article(alice, title=title, body="" if title == "Other" else "pool", status=status)
    make_article(make_user("bob_writes"), title="Foreign", body="pool")
    page = alice_client.get("/articles/mine/", {"q": "pool"})
    assert [each.title for each in page.context["page"]] == ["Shown", "Draft"]
    assert alice_client.get("/articles/mine/", {"q": "x" * 999}).status_code == 400


def test_admin_finds_texts_too(dana_client: Client, alice: User) -> None:
    make_article(alice, title="In the text", body="连接池", status="draft")
    make_article(alice, title="Unrelated")
    page = dana_client.get("/admin/articles/article/", {"q": "連接"}).content.decode()
    assert "In the text" in page and "Unrelated" not in page
    page = dana_client.get("/admin/articles/article/", {"q": "unrel"}).content.decode()
    assert "Unrelated" in page and "In the text" not in page
    assert dana_client.get("/admin/articles/article/", {"q": "x" * 999}).status_code == 200
