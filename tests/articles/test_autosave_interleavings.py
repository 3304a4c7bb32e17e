"""Random interleavings of windows lose no text and make one article."""

from random import Random
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from articles.models import Article, Revision, WorkingCopy

TOKEN = "0b9f1f9e-0000-4000-8000-0000000000"
JSON = {"headers": {"accept": "application/json"}}
ACTIONS = ["type", "autosave", "save", "go on", "publish", "withdraw", "end", "late", "reload"]
WEIGHTS = [6, 6, 3, 2, 1, 1, 1, 1, 1]


class Window:
    """What autosave.js does, in the order in which its requests reach the server."""

    def __init__(self, author: "Author", name: str) -> None:
        self.author, self.name = author, name
        self.text, self.sequence, self.seen = "", 0, ""
        self.continues = self.displaces = self.conflict = ""
        self.acknowledged = ""  # the last text that the server has confirmed
        self.sent: list[dict[str, Any]] = []

    @property
    def pk(self) -> int | None:
        made = Article.objects.filter(creation_token=self.author.token).first()
        return made and made.pk

    def fields(self) -> dict[str, Any]:
        own = f"{self.name}:{self.sequence}" if self.sequence else ""
        copy = f"{own} {self.continues}".strip()
        fields = {"title": "T", "body": self.text, "tags": "", "summary": "", "seen": self.seen}
        return fields | {"creation_token": self.author.token, "copy": copy}

    def type(self) -> None:
        self.sequence += 1
        self.text = f"{self.name} {self.sequence}."

    def post(self, path: str, fields: dict[str, Any]) -> Any:
        answer = self.author.client.post(path, fields, **JSON)
        if answer.status_code in (401, 403) or "/login" in answer.get("Location", ""):
            self.author.client.force_login(self.author.user)
        return answer

    def autosave(self) -> None:
        if not self.sequence:
            return
        own = {"window": self.name, "sequence": self.sequence, "displaces": self.displaces}
        fields = self.fields() | own
        self.sent.append(fields)
        answer = self.post(self.path, fields)
        if answer.status_code == 200:
            self.acknowledged, self.displaces = self.text, ""
        elif answer.status_code == 409:
            self.conflict = answer.json()["copy"]

    @property
    def path(self) -> str:
        return f"/articles/{self.pk or 'new'}/autosave/"

    def late(self) -> None:
        if self.sent:
            self.post(self.path, self.author.random.choice(self.sent))

    def go_on(self) -> None:
        self.displaces, self.conflict = self.conflict, ""
        self.autosave()

    def save(self) -> None:
        if not self.text:
            return
        path = f"/articles/{self.pk}/edit/" if self.pk and self.seen else "/articles/new/"
        answer = self.post(path, self.fields() | {"save": ""})
        if answer.status_code == 200:
            self.seen, self.continues = answer.json()["saved"], ""
            self.acknowledged = self.text
        elif answer.status_code == 409:  # both texts are shown, and the next save overwrites
            self.seen = answer.context["form"]["seen"].value()
            self.acknowledged = self.text

    def publish(self) -> None:
        if self.pk:
            self.post(f"/articles/{self.pk}/publish/", {})

    def withdraw(self) -> None:
        if self.pk:
            self.post(f"/articles/{self.pk}/withdraw/", {})

    def end(self) -> None:
        self.author.client.logout()

    def reload(self) -> None:
        """A new window in place of this one, which goes on with the text that it is offered."""
        path = f"/articles/{self.pk}/edit/?unsaved" if self.pk else f"/articles/new/{TOKEN}/"
        page = self.author.client.get(path.replace(TOKEN, self.author.token))
        if page.status_code != 200:
            self.author.client.force_login(self.author.user)
            return
        form = page.context["form"]
        self.author.windows[self.author.windows.index(self)] = window = self.author.opened()
        window.text, window.seen = form["body"].value() or "", form["seen"].value()
        window.continues = form["copy"].value() or ""


class Author:
    def __init__(self, user: User, seed: int) -> None:
        self.user, self.random, self.client = user, Random(seed), Client()
        self.client.force_login(user)
        self.token, self.number = f"{TOKEN}{seed % 100:02d}", 0
        self.windows = [self.opened(), self.opened()]

    def opened(self) -> Window:
        self.number += 1
        return Window(self, f"w{self.number}")

    def act(self) -> None:
        window = self.random.choice(self.windows)
        (action,) = self.random.choices(ACTIONS, WEIGHTS)
        getattr(window, action.replace(" ", "_"))()

    def kept(self) -> set[str]:
        bodies = [
            Article.objects.values_list("body", flat=True),
            Revision.objects.values_list("body", flat=True),
            WorkingCopy.objects.filter(is_settled=False).values_list("body", flat=True),
        ]
        return {body for found in bodies for body in found}


def interleave(user: User, seed: int, steps: int = 40) -> None:
    author = Author(user, seed)
    for step in range(steps):
        author.act()
        kept = author.kept()
        for window in author.windows:
            assert not window.acknowledged or window.acknowledged in kept, (seed, step)
    assert Article.objects.filter(creation_token=author.token).count() <= 1, seed
    assert Article.objects.count() <= 1, seed


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_two_windows_lose_no_acknowledged_text(alice: User, seed: int) -> None:
    interleave(alice, seed)


@pytest.mark.soak
@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3, 303))
def test_many_interleavings_lose_no_acknowledged_text(alice: User, seed: int) -> None:
    interleave(alice, seed)
