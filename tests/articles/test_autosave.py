"""Autosave keeps what is typed, by window and number, and never in place of something newer."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from articles.models import Article, Revision, WorkingCopy
from articles.views import writing
from articles.working_copies import MOST_NEW, unsaved_texts
from core.invalidation import broadcast
from tests.core.page_cache.cached_site import Site
from tests.factories import make_article

pytestmark = pytest.mark.django_db
JSON = {"accept": "application/json"}
TOKEN = "0b9f1f9e-0000-4000-8000-000000000001"
TYPED = {"title": "Pools", "body": "Typed.", "tags": "MySQL，缓存", "summary": ""}
NEW = "/articles/new/autosave/"


def send(client: Client, path: str, window: str, sequence: int, **fields: Any) -> Any:
    values = TYPED | {"window": window, "sequence": sequence} | fields
    return client.post(path, values, headers=JSON)


@pytest.fixture
def path(article: Article) -> str:
    return f"/articles/{article.pk}/autosave/"


def edit(article: Article, query: str = "") -> str:
    return f"/articles/{article.pk}/edit/{query}"


def test_text_is_kept_beside_the_published_article(
    alice_client: Client, article: Article, path: str
) -> None:
    answer = send(alice_client, path, "a", 1, seen=article.updated_at.isoformat())
    copy = WorkingCopy.objects.get()
    assert answer.json() == {"copy": "a:1", "changed": copy.changed_at.isoformat()}
    assert (copy.body, copy.tags, copy.based_on) == ("Typed.", "MySQL，缓存", article.updated_at)
    assert Article.objects.get().body == article.body


def test_editor_offers_the_text_beside_what_is_stored(
    alice_client: Client, article: Article, path: str
) -> None:
    send(alice_client, path, "a", 1, body="Some\r\n*text*.")
    page = alice_client.get(edit(article))
    assert page.context["copy"].stamp == "a:1"
    assert page.context["form"]["body"].value() == article.body
    filled = alice_client.get(edit(article, "?unsaved")).context["form"]
    assert filled["body"].value() == "Some\n*text*." and filled["copy"].value() == "a:1"


def test_text_that_equals_the_stored_one_is_not_offered(
    alice_client: Client, article: Article, path: str
) -> None:
    send(alice_client, path, "a", 1, title=article.title, body=article.body, tags="")
    assert "copy" not in alice_client.get(edit(article)).context


def test_late_autosave_does_not_replace_a_newer_one(alice_client: Client, path: str) -> None:
    send(alice_client, path, "a", 2, body="Newer.")
    assert send(alice_client, path, "a", 1).json()["copy"] == "a:2"
    assert WorkingCopy.objects.get().body == "Newer."


def test_other_window_is_a_conflict_until_the_author_decides(
    alice_client: Client, path: str
) -> None:
    send(alice_client, path, "a", 1, body="Of a.")
    refused = send(alice_client, path, "b", 1, body="Of b.")
    assert (refused.status_code, refused.json()["copy"]) == (409, "a:1")
    assert WorkingCopy.objects.get().body == "Of a."
    assert send(alice_client, path, "b", 2, body="Of b.", displaces="a:0").status_code == 409
    assert send(alice_client, path, "b", 2, body="Of b.", displaces="a:1").status_code == 200
    assert WorkingCopy.objects.get().body == "Of b."
    kept = Revision.objects.get(origin="conflict")
    assert (kept.body, kept.tags) == ("Of a.", "MySQL\n缓存")


def test_window_that_goes_on_with_a_text_replaces_it(alice_client: Client, path: str) -> None:
    send(alice_client, path, "a", 3)
    assert send(alice_client, path, "b", 1, copy="a:3", body="More.").status_code == 200
    assert WorkingCopy.objects.get().body == "More."
    assert not Revision.objects.exists()


def test_saving_ends_the_working_copy_and_late_autosaves_of_it(
    alice_client: Client, article: Article, path: str
) -> None:
    send(alice_client, path, "a", 1)
    alice_client.post(edit(article), TYPED | {"copy": "a:2"})
    assert send(alice_client, path, "a", 2).status_code == 200
    assert "copy" not in alice_client.get(edit(article)).context
    send(alice_client, path, "a", 3, body="After saving.")
    assert alice_client.get(edit(article)).context["copy"].body == "After saving."


def test_saving_in_one_window_leaves_the_text_of_another(
    alice_client: Client, article: Article, path: str
) -> None:
    send(alice_client, path, "a", 1, body="Of a.")
    alice_client.post(edit(article), TYPED | {"copy": "b:1"})
    assert alice_client.get(edit(article)).context["copy"].body == "Of a."


def test_new_text_is_offered_and_becomes_one_article(alice_client: Client) -> None:
    send(alice_client, NEW, "a", 1, creation_token=TOKEN)
    assert alice_client.get("/articles/new/").context["copy"].stamp == "a:1"
    assert TOKEN in alice_client.get("/articles/mine/").content.decode()
    form = alice_client.get(f"/articles/new/{TOKEN}/").context["form"]
    assert (form["body"].value(), form["copy"].value()) == ("Typed.", "a:1")
    alice_client.post("/articles/new/", TYPED | {"creation_token": TOKEN, "copy": "b:1"})
    late = send(alice_client, NEW, "a", 2, creation_token=TOKEN)
    assert late.json()["copy"] == "a:2"
    assert WorkingCopy.objects.get().article == Article.objects.get()
    assert not alice_client.get("/articles/mine/").context["unsaved"]


def test_new_text_put_aside_stays_as_a_text_of_its_own(alice_client: Client) -> None:
    send(alice_client, NEW, "a", 1, creation_token=TOKEN, body="Of a.")
    send(alice_client, NEW, "b", 1, creation_token=TOKEN, body="Of b.", displaces="a:1")
    unsaved = alice_client.get("/articles/mine/").context["unsaved"]
    assert {copy.body for copy in unsaved} == {"Of a.", "Of b."}


def test_discarding_takes_the_version_that_was_shown(
    alice_client: Client, article: Article, path: str
) -> None:
    send(alice_client, path, "a", 2)
    alice_client.post(path, {"discard": "a:1"})
    assert not WorkingCopy.objects.get().is_settled
    assert alice_client.post(path, {"discard": "a:2"})["Location"] == edit(article)
    assert "copy" not in alice_client.get(edit(article)).context


@pytest.mark.parametrize(
    ("field", "text"), [("title", "x" * 201), ("body", "x" * 500_001), ("tags", "x" * 2_001)]
)
def test_text_over_a_limit_is_refused_with_the_limit(
    alice_client: Client, path: str, field: str, text: str
) -> None:
    answer = send(alice_client, path, "a", 1, **{field: text})
    assert answer.status_code == 400
    assert str(len(text) - 1) in answer.json()["detail"].replace(",", "")
    assert not WorkingCopy.objects.exists()


@pytest.mark.parametrize("stamp", [{"window": ""}, {"sequence": "x"}, {"sequence": "-1"}])
def test_autosave_without_its_number_is_refused(
    alice_client: Client, path: str, stamp: dict[str, str]
) -> None:
    answer = alice_client.post(path, TYPED | {"window": "a", "sequence": 1} | stamp, headers=JSON)
    assert answer.status_code == 400


def test_autosave_without_a_token_is_refused(alice_client: Client) -> None:
    assert send(alice_client, NEW, "a", 1).status_code == 400


def test_only_those_who_may_edit_can_autosave(
    bob: User, bob_client: Client, charlie: Client, dana_client: Client, path: str
) -> None:
    assert send(bob_client, path, "a", 1).status_code == 404
    bob.groups.clear()
    assert send(Client(), path, "a", 1).status_code == 401
    signed_out = send(charlie, NEW, "a", 1, creation_token=TOKEN)
    assert (signed_out.status_code, signed_out.json()["detail"]) == (
        401,
        "You are signed out. Sign in in another tab; the text stays here.",
    )
    assert send(bob_client, NEW, "a", 1, creation_token=TOKEN).status_code == 403
    assert send(dana_client, path, "a", 1).status_code == 200


def test_working_copies_of_two_accounts_do_not_meet(
    alice_client: Client, dana_client: Client, article: Article, path: str
) -> None:
    send(alice_client, path, "a", 1)
    send(dana_client, path, "a", 1, body="Of Dana.")
    assert alice_client.get(edit(article)).context["copy"].body == "Typed."


def test_number_of_unsaved_new_texts_has_a_limit(alice: User, alice_client: Client) -> None:
    rows = [
        WorkingCopy(author=alice, token=f"{n:032x}", window="a", sequence=1, body="x")
        for n in range(1, MOST_NEW + 1)
    ]
    WorkingCopy.objects.bulk_create(rows)
    answer = send(alice_client, NEW, "b", 1, creation_token=TOKEN)
    assert answer.status_code == 400 and str(MOST_NEW) in answer.json()["detail"]


def test_too_many_autosaves_wait(
    alice_client: Client, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from articles.views import autosave

    monkeypatch.setattr(autosave, "AUTOSAVES", autosave.AUTOSAVES._replace(attempts=1))
    send(alice_client, path, "a", 1)
    answer = send(alice_client, path, "a", 2)
    assert answer.status_code == 429 and int(answer["Retry-After"]) > 0


def test_get_answers_with_a_fresh_csrf_token(article: Article, path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(article.author)
    assert send(client, path, "a", 1).status_code == 403
    token = client.get(path, headers=JSON).json()["token"]
    assert send(client, path, "a", 1, csrfmiddlewaretoken=token).status_code == 200


def test_saving_in_place_answers_with_what_the_next_save_needs(
    alice_client: Client, article: Article
) -> None:
    answer = alice_client.post(edit(article), TYPED | {"save": ""}, headers=JSON).json()
    seen = answer["saved"]
    assert answer["edit"] == edit(article) and answer["remarks"] == []
    again = alice_client.post(edit(article), TYPED | {"seen": seen, "body": "2"}, headers=JSON)
    assert again.status_code == 200
    late = alice_client.post(edit(article), TYPED | {"seen": seen, "body": "3"}, headers=JSON)
    assert late.status_code == 409 and late["Content-Type"].startswith("text/html")


def test_save_of_another_window_meanwhile_stays_a_conflict(
    alice_client: Client, article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = timezone.now() + timedelta(minutes=1)

    def saved_meanwhile(request: Any) -> bool:
        return bool(Article.objects.update(updated_at=later))

    monkeypatch.setattr(writing, "prefers_json", saved_meanwhile)
    answer = alice_client.post(edit(article), TYPED | {"save": ""}, headers=JSON).json()
    assert answer["saved"] < later.isoformat()


def test_emptied_text_is_not_offered(alice_client: Client, alice: User) -> None:
    send(alice_client, NEW, "a", 1, creation_token=TOKEN)
    assert unsaved_texts(alice.pk).count() == 1
    empty = dict.fromkeys(("title", "body", "summary", "tags"), "")
    send(alice_client, NEW, "a", 2, creation_token=TOKEN, **empty)
    assert unsaved_texts(alice.pk).count() == 0


def test_token_is_given_only_to_the_account_that_has_typed(
    alice: User, alice_client: Client, bob: User, path: str
) -> None:
    assert "token" in alice_client.get(f"{path}?user={alice.pk}", headers=JSON).json()
    refused = alice_client.get(f"{path}?user={bob.pk}", headers=JSON)
    assert (refused.status_code, "token" in refused.json()) == (403, False)


@pytest.mark.django_db(transaction=True)
def test_autosave_outdates_no_cached_page(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broadcast, "is_up", lambda: True)
    path, client, site = f"/articles/{make_article(alice).pk}/autosave/", Client(), Site()
    client.force_login(alice)
    site.get()
    assert site.get().is_hit
    assert send(client, path, "a", 1).status_code == 200
    assert send(client, path, "b", 1, displaces="a:1").status_code == 200  # with a revision
    assert send(client, NEW, "a", 1, creation_token=TOKEN).status_code == 200
    assert site.get().is_hit
