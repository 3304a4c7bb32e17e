"""Random interleavings of two windows lose no text and make one article."""

from typing import Any

import pytest
from django.db.models import Exists, OuterRef
from django.test import Client

from accounts.models import User
from articles.models import Article, Revision, WorkingCopy
from tests.articles.editor_windows import ACTIONS, Answer, Author, Stored

HEADERS = {"accept": "application/json"}


class TestClientConnection:
    __test__ = False  # pytest takes it for a test otherwise

    def __init__(self, user: User) -> None:
        self.user, self.client = user, Client()
        self.sign_in()

    def get(self, path: str) -> Answer:
        response = self.client.get(path, follow=True)
        is_editor = "form" in (response.context or {}) and b"data-autosave" in response.content
        return Answer(200 if is_editor else 401, html=response.content.decode())

    def post(self, path: str, fields: dict[str, Any]) -> Answer:
        response = self.client.post(path, fields, headers=HEADERS)
        if response["Content-Type"].startswith("application/json"):
            return Answer(response.status_code, response.json())
        if response.get("Location", "").startswith("/login"):
            return Answer(401)
        return Answer(response.status_code, html=response.content.decode())

    def sign_in(self) -> None:
        self.client.force_login(self.user)

    def sign_out(self) -> None:
        self.client.logout()

    def stored(self, token: str) -> Stored:
        own = Article.with_trashed.filter(author=self.user)
        made = own.filter(creation_token=OuterRef("token"))
        copies = WorkingCopy.objects.filter(author=self.user, is_settled=False)
        offered = copies.exclude(Exists(made), article=None)
        return Stored(
            list(own.filter(creation_token=token).values_list("body", flat=True)),
            set(Revision.objects.values_list("body", flat=True)),
            set(offered.values_list("body", flat=True)),
        )


def interleave(user: User, seed: int, steps: int = 40) -> None:
    author = Author(TestClientConnection(user), seed)
    for _ in range(steps):
        window = author.random.choice(author.windows)
        (action,) = author.random.choices(list(ACTIONS), ACTIONS.values())
        getattr(window, action)()
        author.check()
    assert Article.objects.count() <= 1, seed


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_two_windows_lose_no_confirmed_text(alice: User, seed: int) -> None:
    interleave(alice, seed)


@pytest.mark.soak
@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3, 303))
def test_many_interleavings_lose_no_confirmed_text(alice: User, seed: int) -> None:
    interleave(alice, seed)
