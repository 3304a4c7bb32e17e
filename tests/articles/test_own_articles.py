"""“My articles”: by status with counts, found by title, sorted, in pages."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from articles.models import Article
from tests.factories import make_article, make_user

pytestmark = pytest.mark.django_db
MINE = "/articles/mine/"


@pytest.fixture
def one_of_each(alice: User) -> None:
    later = timezone.now() + timedelta(days=3)
    make_article(alice, title="Pools in draft", status="draft")
    make_article(alice, title="Pools later", publish_at=later)
    make_article(alice, title="缓存 and pools", publish_at=timezone.now() - timedelta(days=9))
    make_article(alice, title="About g", publish_at=timezone.now() - timedelta(days=5))
    make_article(alice, title="Hidden one", status="hidden")
    make_article(alice, title="Pools in the trash", status="trashed")
    make_article(make_user("robert"), title="Pools of another account")


def titles(client: Client, query: str) -> list[str]:
    return [article.title for article in client.get(MINE + query).context["page"]]


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("draft", ["Pools in draft"]),
        ("scheduled", ["Pools later"]),
        ("published", ["About g", "缓存 and pools"]),
        ("hidden", ["Hidden one"]),
    ],
)
def test_each_status_lists_its_articles(
    alice_client: Client, one_of_each: None, status: str, found: list[str]
) -> None:
    assert titles(alice_client, f"?status={status}") == found


def test_counts_are_of_own_articles_that_match_the_search(
    alice_client: Client, one_of_each: None
) -> None:
    def counts(query: str) -> list[int]:
        context = alice_client.get(MINE + query).context
        return [context["total"], *(count for _, _, count in context["tabs"])]

    assert counts("") == [5, 1, 1, 2, 1]
    assert counts("?q=POOLS&status=draft") == [3, 1, 1, 1, 0]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("later pools", ["Pools later"]),
        ("缓存", ["缓存 and pools"]),
        ("%", []),
        ("another", []),
    ],
)
def test_search_finds_titles_with_each_word(
    alice_client: Client, one_of_each: None, words: str, found: list[str]
) -> None:
    assert titles(alice_client, f"?q={words.replace('%', '%25')}") == found


@pytest.mark.parametrize(
    ("sort", "first", "last"),
    [
        ("changed", "Hidden one", "Pools in draft"),
        ("published", "Pools later", "Pools in draft"),
        ("title", "About g", "缓存 and pools"),
    ],
)
def test_list_is_sorted_as_chosen(
    alice_client: Client, one_of_each: None, sort: str, first: str, last: str
) -> None:
    found = titles(alice_client, f"?sort={sort}")
    assert (found[0], found[-1]) == (first, last)


def test_tabs_keep_search_and_sort_and_begin_at_the_first_page(
    alice_client: Client, one_of_each: None
) -> None:
    page = alice_client.get(f"{MINE}?q=pools&sort=title&page=2").content.decode()
    assert 'href="?q=pools&amp;sort=title&amp;status=draft"' in page


@pytest.mark.parametrize(
    ("query", "name", "status"),
    [
        ("?status=trashed", "status", 200),
        ("?sort=author", "sort", 200),
        (f"?q={'x' * 201}", "q", 400),
    ],
)
def test_filter_that_is_not_allowed_is_named(
    alice_client: Client, one_of_each: None, query: str, name: str, status: int
) -> None:
    answer = alice_client.get(MINE + query)
    assert answer.status_code == status
    assert str(answer.context["form"].errors[name][0]) in answer.content.decode().replace(
        "&#x27;", "'"
    )


def test_search_without_result_offers_all_articles(alice_client: Client, alice: User) -> None:
    make_article(alice)
    page = alice_client.get(f"{MINE}?q=nothing").content.decode()
    assert "None of your articles matches." in page
    assert f'href="{MINE}">Show all' in page


def test_new_author_is_shown_how_to_begin(alice_client: Client) -> None:
    page = alice_client.get(MINE).content.decode()
    assert "Write your first article" in page
    assert 'class="list-filter"' not in page


def test_five_hundred_articles_are_in_ten_pages_of_few_queries(
    alice_client: Client, alice: User, django_assert_num_queries: Any
) -> None:
    Article.objects.bulk_create(
        Article(author=alice, title=f"Note {number}", slug=f"note-{number}", excerpt="x")
        for number in range(500)
    )
    pages = [titles(alice_client, f"?sort=title&page={number}") for number in range(1, 11)]
    assert len({title for page in pages for title in page}) == 500
    of_session = settings.INKPOOL_SESSION_REDIS_URL is None  # otherwise Redis is asked
    # MySQL's index does not see the rows of an open transaction, so no matches are put into order
    of_search = 5 if connection.vendor == "mysql" else 6
    # user, counts, pages, articles; the plain list has the unsaved texts too, a search two of keys
    for query, queries in (("", 5), ("?sort=title&q=note&status=draft&page=9", of_search)):
        with django_assert_num_queries(queries + of_session):
            alice_client.get(MINE + query)
