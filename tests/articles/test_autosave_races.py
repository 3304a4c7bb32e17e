"""Requests for one working copy that overtake each other."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from articles import working_copies
from articles.models import Article, Revision, WorkingCopy
from tests.articles.test_autosave import NEW, TOKEN, TYPED, send

pytestmark = pytest.mark.django_db


def test_two_requests_for_a_new_text_at_once_keep_one(
    alice_client: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other request inserts between this one's SELECT and its INSERT."""
    create = working_copies.create

    def created_elsewhere(*args: Any) -> Any:
        monkeypatch.setattr(working_copies, "create", create)
        WorkingCopy.objects.create(author=alice, token=TOKEN, window="a", sequence=2, body="Two")
        return create(*args)

    monkeypatch.setattr(working_copies, "create", created_elsewhere)
    assert send(alice_client, NEW, "a", 1, creation_token=TOKEN).json()["copy"] == "a:2"
    assert WorkingCopy.objects.get().body == "Two"


def test_text_changed_between_reading_and_replacing_is_not_lost(
    alice_client: Client, article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/articles/{article.pk}/autosave/"
    send(alice_client, path, "a", 1)
    put_aside = working_copies.put_aside

    def changed_elsewhere(*args: Any) -> Any:
        monkeypatch.setattr(working_copies, "put_aside", put_aside)
        WorkingCopy.objects.update(sequence=5, body="Five.")
        return put_aside(*args)

    monkeypatch.setattr(working_copies, "put_aside", changed_elsewhere)
    assert send(alice_client, path, "b", 1, displaces="a:1").status_code == 409
    assert WorkingCopy.objects.get().body == "Five."
    assert not Revision.objects.exists()


def test_late_autosave_of_a_window_that_had_gone_on_with_a_text_is_recognised(
    alice_client: Client, article: Article
) -> None:
    path, editor = f"/articles/{article.pk}/autosave/", f"/articles/{article.pk}/edit/"
    send(alice_client, path, "a", 3)
    alice_client.post(editor, TYPED | {"copy": "b:2 a:3"})
    assert send(alice_client, path, "b", 1, body="Late.").json()["copy"] == "b:2"
    assert "copy" not in alice_client.get(editor).context
