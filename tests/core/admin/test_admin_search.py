import pytest
from django.contrib import admin

from core.admin.admin_search import MAX_LENGTH, MAX_WORDS
from tests.factories import make_article, make_user

pytestmark = pytest.mark.django_db
LISTS = sorted(
    f"{model._meta.app_label}/{model._meta.model_name}/"
    for model, registered in admin.site._registry.items()
    if registered.search_fields
)


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("search", ["a" * (MAX_LENGTH + 1), "a " * (MAX_WORDS + 1)])
def test_search_that_is_too_long_shows_an_error(dana_client, path, search):
    answer = dana_client.get(f"/admin/{path}", {"q": search})
    assert answer.status_code == 200
    assert "at most 200 characters and 20 words" in answer.content.decode()


@pytest.mark.parametrize("path", LISTS)
def test_a_search_within_the_limits_is_made(dana_client, path):
    answer = dana_client.get(f"/admin/{path}", {"q": "a " * MAX_WORDS})
    assert (answer.status_code, "at most" in answer.content.decode()) == (200, False)


def test_autocomplete_search_is_bounded_too(dana_client):
    make_article(make_user())
    asked = {"app_label": "articles", "model_name": "article", "field_name": "author"}
    found = dana_client.get("/admin/autocomplete/", {**asked, "term": "alice"}).json()["results"]
    none = dana_client.get("/admin/autocomplete/", {**asked, "term": "alice " * 30}).json()[
        "results"
    ]
    assert (len(found), none) == (1, [])


@pytest.mark.parametrize(
    ("path", "lookup"),
    [
        ("articles/article/", "title__regex"),
        ("articles/article/", "title__range"),
        ("articles/article/", "author__id__iregex"),
        ("articles/article/", "publish_at__regex"),
        ("articles/tag/", "name__iregex"),
        ("accounts/user/", "last_login__regex"),
        ("accounts/loginsession/", "created_at__regex"),
        ("auth/group/", "name__regex"),
    ],
)
def test_regular_expression_and_range_in_an_address_are_refused(dana_client, path, lookup):
    assert dana_client.get(f"/admin/{path}", {lookup: "("}).status_code == 400


def test_lookup_of_a_text_is_made(dana_client):
    assert dana_client.get("/admin/articles/article/", {"title__contains": "("}).status_code == 200
