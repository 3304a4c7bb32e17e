"""Articles and settled browsers for the tests of readers' pages."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from articles.models import Article, Tag
from core.page_cache import reader_pages, reader_parts
from core.roles import EDITOR
from tests.core.page_cache.readers.browsers import browser
from tests.factories import make_article, make_user


@pytest.fixture(autouse=True)
def pages_in_memory(kept_in_memory: None) -> None:
    """Readers' pages need the pages of all readers in memory."""


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each kept page that a session asks for: whether it was sent in front of Django."""
    stock, seen = reader_pages.body_of, []

    def noted(*args: Any) -> bytes | None:
        body: bytes | None = None
        try:
            body = stock(*args)
        finally:
            seen.append(body is not None)
        return body

    monkeypatch.setattr(reader_pages, "body_of", noted)
    return seen


@pytest.fixture
def article() -> Article:
    alice = make_user("alice_writes", display_name="Alice <A>")
    article = make_article(alice, title="The first one", body="# One\n\n**x**\n\n# Two\n")
    article.tags.set(Tag.objects.named(["mysql"]))
    make_article(alice, title="A draft", status="draft")
    make_article(make_user("bob_reads"), title="Bob's own")
    make_user("dana_staff", is_staff=True, is_superuser=True)
    erin = make_user("erin_edits", is_staff=True)
    erin.groups.add(Group.objects.get(name=EDITOR))
    make_article(alice, title="A hidden one", status="hidden", hidden_reason="For now.")
    return article


@pytest.fixture
def bob_settled(article: Article) -> Client:
    client = browser("Bob")
    for _ in range(2):
        client.get("/")
    return client


@pytest.fixture
def renders(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of parts of each rendering."""
    stock, seen = reader_parts.rendered, []

    def noted(parts: Any, *args: Any) -> list[str]:
        seen.append(len(parts))
        return stock(parts, *args)

    monkeypatch.setattr(reader_parts, "rendered", noted)
    return seen
