"""A form that one account has opened is not taken from another, whose token may be the same."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from articles.models import Article, WorkingCopy

pytestmark = pytest.mark.django_db
JSON = {"accept": "application/json"}
TYPED = {"title": "Pools", "body": "Typed by Alice.", "tags": "", "summary": ""}
TOKEN = {"creation_token": "0b9f1f9e-0000-4000-8000-000000000001"}
STAMP = {"window": "a", "sequence": 1}


def opened_by(client: Client, path: str = "/articles/new/") -> dict[str, Any]:
    """The fields of the form that name what it belongs to."""
    page = client.get(path).content.decode()
    account = page.partition('name="account" value="')[2].partition('"')[0]
    return {"account": account, **TOKEN}


def test_autosave_does_not_give_the_text_to_the_account_that_signed_in_since(
    alice_client: Client, bob_client: Client
) -> None:
    fields = TYPED | STAMP | opened_by(alice_client)
    refused = bob_client.post("/articles/new/autosave/", fields, headers=JSON)
    assert refused.status_code == 403
    assert "Another account" in refused.json()["detail"]
    assert not WorkingCopy.objects.exists()
    assert alice_client.post("/articles/new/autosave/", fields, headers=JSON).status_code == 200


def test_saving_gives_the_text_back_and_makes_no_article_of_another_account(
    alice_client: Client, bob_client: Client
) -> None:
    fields = TYPED | opened_by(alice_client)
    refused = bob_client.post("/articles/new/", fields | {"publish": ""})
    assert refused.status_code == 403
    assert "Another account" in refused.content.decode()
    assert "Typed by Alice." in refused.content.decode()
    assert not Article.objects.exists()


def test_own_form_is_saved(alice: User, alice_client: Client, article: Article) -> None:
    path = f"/articles/{article.pk}/edit/"
    fields = TYPED | opened_by(alice_client, path)
    assert fields["account"] == str(alice.pk)
    assert alice_client.post(path, TYPED | {"account": alice.pk}).status_code == 302
    assert Article.objects.get().body == "Typed by Alice."
