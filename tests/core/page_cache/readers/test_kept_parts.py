"""The parts of a reader's page are rendered once for each session."""

import pytest
from django.test import Client

from accounts.models import User
from accounts.reauthentication import SIGNED_IN_AT
from articles.models import Article
from core.page_cache import reader_pages, reader_parts
from tests.core.page_cache.readers.browsers import alike, browser, change_bob, ordinary, store

pytestmark = pytest.mark.django_db(transaction=True)


def test_size_of_parts_counts_their_bytes(article: Article) -> None:
    User.objects.filter(username="bob_reads").update(display_name="中" * 80)
    bob = browser("Bob")
    bob.get("/")
    parts = list(reader_pages.kept_parts._pages.values())[-1]
    [shown] = [each for each in parts.texts if "中".encode() in each]
    assert len(shown) == 240 and parts.size > reader_parts.OWN_COST + len(parts.data) + 240


def test_parts_are_rendered_once_until_the_session_is_saved_or_something_is_written(
    bob_settled: Client, renders: list[int]
) -> None:
    first, second = (alike(bob_settled.get("/")) for _ in range(2))
    assert first == second and not renders
    for change in (store({SIGNED_IN_AT: 1}), change_bob(display_name="Robert")):
        change(bob_settled)
        for _ in range(3):
            bob_settled.get("/")
        assert len(renders) == 1
        renders.clear()
    assert b"Robert" in bob_settled.get("/").content


def test_two_sessions_of_a_user_have_their_own_parts_and_tokens(
    bob_settled: Client, answered: list[bool]
) -> None:
    other = browser("Bob")
    pages = [alike(client.get("/")) for client in (bob_settled, other) * 2]
    assert all(page == pages[0] for page in pages) and all(answered[-2:])


def test_parts_that_cannot_be_kept_are_rendered_for_each_request(
    article: Article, monkeypatch: pytest.MonkeyPatch, answered: list[bool]
) -> None:
    monkeypatch.setattr(reader_parts, "allowed_processors", set())
    bob = browser("Bob")
    expected = alike(ordinary(monkeypatch, bob, "/"))
    for _ in range(3):
        assert alike(bob.get("/")) == expected
    assert answered and not any(answered)
