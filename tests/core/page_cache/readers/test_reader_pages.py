"""Signed-in readers are answered from kept pages with what the whole stack would answer."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.signals import request_finished, request_started
from django.db import transaction
from django.dispatch import Signal
from django.test import Client

from accounts.models import User
from articles.models import Article
from core.signals import request_tearing_down
from tests.core.page_cache.readers.browsers import LANGUAGES, alike, browser, ordinary

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = ("Charlie", "Alice", "Bob", "Dana", "Erin")


def pages(article: Article) -> list[str]:
    draft, hidden = (Article.objects.get(title=f"A {each}") for each in ("draft", "hidden one"))
    own = article.get_absolute_url()
    return [
        "/", "/articles", "/articles/", "/articles?page=2", "/article", own, f"{own}?x=1",
        f"/articles/{article.pk}/wrong/", draft.get_absolute_url(),
        hidden.get_absolute_url(), "/authors/alice_writes/",
        "/authors/ALICE_WRITES/", "/authors/dana_staff/", "/tags/", "/tags/mysql/", "/archive/",
        f"{article.publish_at:/archive/%Y/}", f"{article.publish_at:/archive/%Y/%m/}", "/about/",
        "/docs/", "/docs/pool/", "/feeds/atom/", "/sitemap.xml", "/robots.txt", "/nothing/",
    ]  # fmt: skip


@pytest.mark.parametrize("asked", LANGUAGES, ids=["en", "zh", "json"])
def test_answer_is_that_of_the_whole_stack(
    article: Article,
    asked: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    answered: list[bool],
) -> None:
    """Each visitor comes to each page twice, after and before all others: the second time each
    reader is answered in front of Django."""
    clients = {name: browser(name) for name in PEOPLE}
    for path in pages(article):
        expected = {
            name: alike(ordinary(monkeypatch, client, path, **asked), path)
            for name, client in clients.items()
        }
        for order in (PEOPLE, PEOPLE[::-1]):
            answered.clear()
            for name in order:
                assert alike(clients[name].get(path, **asked), path) == expected[name], path
        is_kept = expected["Bob"][0] == 200
        assert answered == [True] * 4 if is_kept else not answered, path


def test_head_has_the_headers_of_the_page(article: Article, answered: list[bool]) -> None:
    bob = browser("Bob")
    page = [bob.get("/") for _ in range(2)][-1]
    head = bob.head("/")
    assert answered[-1] and head.content == b"" and head["X-Request-ID"]
    assert {**head.headers, "X-Request-ID": ""} == {**page.headers, "X-Request-ID": ""}


def test_change_of_permissions_shows_at_the_next_answer(
    article: Article, answered: list[bool]
) -> None:
    erin, path = browser("Erin"), article.get_absolute_url()
    user, may_view = (
        User.objects.get(username="erin_edits"),
        Permission.objects.get(codename="view_article"),
    )
    group = Group.objects.create(name="Editors of a test")
    user.groups.set([group])
    changes = (
        (user.user_permissions.add, True), (user.user_permissions.remove, False),
        (group.permissions.add, True), (group.permissions.remove, False),
    )  # fmt: skip
    for change, is_shown in changes:
        change(may_view)
        for _ in range(3):
            assert (b"team-bar" in erin.get(path).content) is is_shown
        assert answered[-1]


def test_thread_with_an_open_transaction_asks_the_whole_stack(
    bob_settled: Client, answered: list[bool]
) -> None:
    with transaction.atomic():
        assert bob_settled.get("/").status_code == 200
    assert not answered
    bob_settled.get("/")
    assert answered == [True]


def test_answer_in_front_of_django_has_a_request_id_and_sends_no_signal(
    bob_settled: Client, answered: list[bool]
) -> None:
    heard: list[Signal] = []

    def note(signal: Signal, **kwargs: Any) -> None:
        heard.append(signal)

    signals = request_started, request_finished, request_tearing_down
    for signal in signals:
        signal.connect(note)
    try:
        ids = [
            bob_settled.get("/", HTTP_X_REQUEST_ID=each)["X-Request-ID"] for each in ("abc", "<")
        ]
    finally:
        for signal in signals:
            signal.disconnect(note)
    assert ids[0] == "abc" and len(ids[1]) == 32
    assert (answered, heard) == ([True, True], [])


def test_development_says_how_long_a_page_took(
    article: Article, settings: Any, answered: list[bool]
) -> None:
    settings.DEBUG = True
    bob = browser("Bob")
    assert all("total" in bob.get("/")["Server-Timing"] for _ in range(3)) and not answered


def test_what_is_written_about_a_reader_is_in_the_next_page(
    bob_settled: Client, answered: list[bool]
) -> None:
    User.objects.filter(username="bob_reads").update(display_name="Robert")
    for _ in range(3):
        assert b"Robert" in bob_settled.get("/").content
    assert answered[-1]
    other = Client()
    other.cookies = bob_settled.cookies.copy()  # type: ignore[assignment]
    bob_settled.post("/logout")
    for _ in range(2):
        assert b'class="account-link"' not in other.get("/").content


def test_guard_around_a_public_view_is_asked_for_each_reader(
    article: Article, answered: list[bool], settings: Any
) -> None:
    settings.ROOT_URLCONF = "tests.core.page_cache.guarded_urls"
    alice, bob = browser("Alice"), browser("Bob")
    for _ in range(3):
        assert alice.get("/guarded/").content == b"for Alice"
    assert bob.get("/guarded/").status_code == 302
    assert answered == []
