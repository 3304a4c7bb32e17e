"""articles.Redirect: asked only for what would be a 404."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.test import Client

from articles.models import Article, Redirect

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("status", "address"), [(301, "/about/"), (302, "https://example.org/x")])
def test_address_is_followed(charlie: Client, status: int, address: str) -> None:
    Redirect.objects.create(path="/旧/x.html", address=address, status=status)
    answer = charlie.get("/旧/x.html")
    assert (answer.status_code, answer["Location"]) == (status, address)


def test_page_that_is_gone_says_so(charlie: Client) -> None:
    Redirect.objects.create(path="/old", status=410)
    answer = charlie.get("/old")
    assert answer.status_code == 410
    assert "This page is gone for good." in answer.text


def test_redirect_follows_the_slug_of_its_article(charlie: Client, article: Article) -> None:
    Redirect.objects.create(path="/old", article=article)
    article.slug = "renamed"
    article.save()
    assert charlie.get("/old")["Location"] == f"/articles/{article.pk}/renamed/"


@pytest.mark.parametrize("status", ["draft", "hidden"])
def test_article_that_is_not_public_is_not_betrayed(
    charlie: Client, article: Article, status: str
) -> None:
    Redirect.objects.create(path="/old", article=article)
    Article.objects.update(status=status)
    assert charlie.get("/old").status_code == 404


def test_existing_page_is_served_without_asking(
    charlie: Client, article: Article, django_assert_num_queries: Any
) -> None:
    Redirect.objects.create(path="/about/", address="/")
    with django_assert_num_queries(0):
        assert charlie.get("/about/").status_code == 200


def test_posted_form_is_not_redirected(charlie: Client) -> None:
    Redirect.objects.create(path="/old", address="/about/")
    assert charlie.post("/old").status_code == 404


@pytest.mark.parametrize(
    "fields",
    [
        {"path": "old", "address": "/about/"},
        {"path": "//old", "address": "/about/"},
        {"path": "/old?x=1", "address": "/about/"},
        {"path": "/old", "address": "//evil.example"},
        {"path": "/old", "address": "javascript:alert(1)"},
        {"path": "/old", "address": "/old"},
        {"path": "/old"},
        {"path": "/old", "address": "/about/", "status": 410},
    ],
)
def test_redirect_that_leads_nowhere_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Redirect(**fields).full_clean()


def test_database_refuses_a_redirect_with_two_targets(article: Article) -> None:
    with pytest.raises(IntegrityError):
        Redirect.objects.create(path="/old", article=article, address="/about/")


def test_redirects_are_made_in_the_admin(dana_client: Client) -> None:
    fields = {"path": "/old", "address": "/about/", "status": "301"}
    assert dana_client.post("/admin/articles/redirect/add/", fields).status_code == 302
    assert dana_client.get("/old")["Location"] == "/about/"
