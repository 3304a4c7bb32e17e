"""All readers of a page get the same common part, rendered once until the next write."""

import itertools
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_redis import get_redis_connection

from accounts.models import User
from articles.models import Article, Tag
from articles.schedule import moments
from articles.views import reading
from core.invalidation import broadcast
from core.invalidation.generations import generations
from core.page_cache.common_pages import commons
from tests.factories import make_article

pytestmark = pytest.mark.django_db(transaction=True)
HTML = {"HTTP_ACCEPT": "text/html"}


@pytest.fixture(autouse=True)
def pages_in_memory(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.INKPOOL_PAGE_CACHE = True
    monkeypatch.setattr(broadcast, "is_up", lambda: True)  # a server hears the other hosts
    for memory in (commons, moments):
        memory.clear()
    yield
    commons.clear()


@pytest.fixture
def people(
    alice_client: Client, bob_client: Client, charlie: Client, dana_client: Client
) -> dict[str, Client]:
    signed_in = {"Alice": alice_client, "Bob": bob_client, "Dana": dana_client}
    for client in signed_in.values():
        client.get("/about/")  # the session's row is noted, the user is remembered
    return {"Charlie": charlie, **signed_in}


@pytest.fixture
def article(alice: User) -> Article:
    make_article(alice)
    article = make_article(alice, title="In the middle", body="# One\n\n<b>x</b>\n\n# Two\n")
    article.tags.set(Tag.objects.named(["mysql"]))
    make_article(alice)
    return article


def test_personal_parts_are_the_readers_own(people: dict[str, Client], article: Article) -> None:
    path = article.get_absolute_url()
    pages = {name: client.get(path, **HTML).content.decode() for name, client in people.items()}
    assert "owner" in pages["Alice"] and 'class="owner-bar"' not in pages["Bob"] + pages["Dana"]
    assert "/admin/" in pages["Dana"] and "/admin/" not in pages["Bob"] + pages["Charlie"]
    assert "bob_reads" in pages["Bob"] and "bob_reads" not in pages["Dana"] + pages["Charlie"]


@pytest.mark.parametrize("name", ["Alice", "Bob", "Charlie", "Dana"])
@pytest.mark.parametrize(("path", "cold"), [("/", 4), ("/articles", 5), ("article", 5)])
def test_page_in_memory_takes_no_query_of_articles(
    people: dict[str, Client],
    article: Article,
    name: str,
    path: str,
    cold: int,
) -> None:
    """`cold`: queries for the schedule and the list, with authors, tags and a count; or for the
    article."""
    path = article.get_absolute_url() if path == "article" else path
    for most in (cold, 0):
        with CaptureQueriesContext(connection) as seen:
            people[name].get(path, **HTML)
        of_articles = [each for each in seen if "session" not in each["sql"]]
        assert len(of_articles) <= most, [each["sql"] for each in of_articles]


def known(article: Article) -> dict[str, str]:
    return {
        "article": article.get_absolute_url(),
        "author": reverse("articles:author", args=[article.author.username]),
        "year": f"{article.publish_at:/archive/%Y/}",
        "month": f"{article.publish_at:/archive/%Y/%m/}",
    }


@pytest.mark.skipif(settings.INKPOOL_SESSION_REDIS_URL is None, reason="counts what Redis is asked")
@pytest.mark.parametrize(
    "path", ["/", "/articles", "/tags/", "/archive/", "article", "author", "year", "month"]
)
def test_page_in_memory_asks_redis_for_the_session_only(
    people: dict[str, Client], article: Article, path: str
) -> None:
    path = known(article).get(path, path)
    for _ in range(2):
        people["Bob"].get(path, **HTML)
    redis = get_redis_connection("sessions")
    with redis.monitor() as monitor, CaptureQueriesContext(connection) as queries:
        redis.echo("begin")  # opens its connection
        assert b"bob_reads" in people["Bob"].get(path, **HTML).content
        redis.echo("end")
        commands = (monitor.next_command()["command"].split() for _ in itertools.count())
        seen = [*itertools.takewhile(lambda words: words != ["ECHO", "end"], commands)]
    asked = [words[0] for words in seen[seen.index(["ECHO", "begin"]) + 1 :]]
    assert (asked, [each["sql"] for each in queries]) == (["GETEX"], [])


def test_every_write_shows_in_the_next_page(people: dict[str, Client], article: Article) -> None:
    bob, path = people["Bob"], article.get_absolute_url()
    bob.get(path), bob.get("/")
    article.title = "A new title"
    article.save(update_fields=["title"])
    assert b"A new title" in bob.get(path).content and b"A new title" in bob.get("/").content
    Article.objects.filter(pk=article.pk).update(body_html="<p>By hand</p>")
    assert b"By hand" in bob.get(path).content
    article.tags.set(Tag.objects.named(["redis"]))
    assert b"/tags/redis/" in bob.get(path).content
    User.objects.filter(pk=article.author_id).update(display_name="Alicia")
    assert b"Alicia" in bob.get(path).content and b"Alicia" in bob.get("/").content


@pytest.mark.parametrize("change", ["draft", "hidden", "later", "deleted"])
def test_withdrawn_article_is_gone_at_once_for_all_but_its_author(
    people: dict[str, Client], article: Article, change: str
) -> None:
    path = article.get_absolute_url()
    assert [client.get(path).status_code for client in people.values()] == [200] * 4
    one = Article.objects.filter(pk=article.pk)
    if change == "deleted":
        article.delete()
    elif change == "later":
        one.update(publish_at=timezone.now() + timedelta(hours=1))
    else:
        one.update(status=change)
    found = {name: client.get(path).status_code for name, client in people.items()}
    own = 404 if change == "deleted" else 200
    assert found == {"Charlie": 404, "Bob": 404, "Alice": own, "Dana": own}
    assert {people[name].get(path).status_code for name in ("Bob", "Charlie")} == {404}
    stamp = generations().stamp()
    fresh = [b"".join(each.texts) for each in commons._pages.values() if each.stamp == stamp]
    assert all(b'<h1 lang="en">In the middle' not in text for text in fresh)
    assert b"In the middle" not in people["Bob"].get("/").content


def test_scheduled_article_appears_when_it_is_due(people: dict[str, Client], alice: User) -> None:
    due = timezone.now() + timedelta(seconds=1.5)
    article = make_article(alice, title="At the hour", publish_at=due)
    path = article.get_absolute_url()
    bob = people["Bob"]
    assert bob.get(path).status_code == 404 and b"At the hour" not in bob.get("/").content
    while timezone.now() <= due:
        assert bob.get(path).status_code == 404 or timezone.now() > due
    assert b"At the hour" in bob.get("/").content and bob.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/articles", "author", "year", "month"])
def test_article_published_while_a_list_is_read_is_in_the_next(
    people: dict[str, Client], article: Article, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = known(article).get(path, path)
    stock = reading.page_of

    def page_of(*args: Any) -> Any:
        page = stock(*args)
        list(page), make_article(article.author, title="Just now")
        monkeypatch.setattr(reading, "page_of", stock)
        return page

    monkeypatch.setattr(reading, "page_of", page_of)
    people["Bob"].get(path, **HTML)
    assert b"Just now" in people["Bob"].get(path, **HTML).content
