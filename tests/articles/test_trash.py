"""Deleted articles are in the trash for 30 days, where readers cannot see them."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import User
from articles.models import Article, Tag
from articles.status_changes import change_status
from articles.trash import KEPT_FOR, purge_trash
from tests.factories import make_article

pytestmark = pytest.mark.django_db
HTML = {"headers": {"accept": "text/html"}}
LISTS = [
    "/",
    "/articles",
    "/article",
    "/tags/",
    "/archive/",
    "/feeds/atom/",
    "/sitemap-articles.xml",
]


@pytest.fixture
def trashed(alice_client: Client, article: Article) -> Article:
    article.tags.set(Tag.objects.named(["mysql"]))
    assert alice_client.post(f"/articles/{article.pk}/delete/")["Location"] == "/articles/mine/"
    return article


@pytest.mark.parametrize("path", LISTS)
def test_readers_do_not_find_it(charlie: Client, trashed: Article, path: str) -> None:
    page = charlie.get(path).content.decode()
    assert trashed.title not in page and trashed.slug not in page and "mysql" not in page


def test_its_pages_are_not_found_by_others_and_its_author(
    charlie: Client, alice_client: Client, dana_client: Client, trashed: Article
) -> None:
    for client in (charlie, alice_client, dana_client):
        for path in (trashed.get_absolute_url(), "/tags/mysql/", "/authors/alice_writes/"):
            if client is not alice_client or "authors" not in path:
                assert client.get(path).status_code == 404
    assert trashed.title not in dana_client.get("/admin/articles/article/").content.decode()
    assert dana_client.get(f"/admin/articles/article/{trashed.pk}/change/").status_code == 302


@pytest.mark.parametrize("status", ["draft", "published", "hidden"])
def test_it_comes_back_as_it_was(alice_client: Client, alice: User, status: str) -> None:
    article = make_article(alice, status=status, title="Mine", slug="my-address")
    article.tags.set(Tag.objects.named(["mysql"]))
    before = Article.objects.values("slug", "status", "publish_at", "updated_at", "body").get()
    alice_client.post(f"/articles/{article.pk}/delete/")
    assert "Mine" in alice_client.get("/articles/mine/trash/").content.decode()
    alice_client.post(f"/articles/{article.pk}/recover/")
    after = Article.objects.values("slug", "status", "publish_at", "updated_at", "body").get()
    assert after == before
    assert [tag.name for tag in article.tags.all()] == ["mysql"]
    actions = article.status_changes.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["trashed", "recovered"]


def test_only_its_author_brings_it_back(bob_client: Client, trashed: Article) -> None:
    assert bob_client.post(f"/articles/{trashed.pk}/recover/").status_code == 404
    assert trashed.title not in bob_client.get("/articles/mine/trash/").content.decode()


def test_author_does_not_bring_back_what_the_team_deleted(
    alice_client: Client, dana_client: Client, article: Article
) -> None:
    dana_client.post(f"/admin/articles/article/{article.pk}/delete/", {"post": "yes"})
    page = alice_client.get("/articles/mine/trash/").content.decode()
    assert "deleted by the team" in page and "/recover/" not in page
    page = alice_client.post(f"/articles/{article.pk}/recover/", follow=True).content.decode()
    assert "only the team brings it back" in page
    assert change_status(article.pk, "recovered", article.author) is None
    assert not Article.objects.exists()


def test_administrator_brings_back_what_the_team_deleted(
    alice: User, alice_client: Client, dana_client: Client, article: Article
) -> None:
    own = make_article(alice, title="Deleted by its author")
    alice_client.post(f"/articles/{own.pk}/delete/")
    dana_client.post(f"/admin/articles/article/{article.pk}/delete/", {"post": "yes"})
    page = dana_client.get("/articles/mine/trash/").content.decode()
    assert article.title in page and own.title not in page
    dana_client.post(f"/articles/{article.pk}/recover/")
    article = Article.objects.get()
    assert article.is_public and not article.trashed_by_team


def test_recovering_twice_changes_nothing_more(alice_client: Client, trashed: Article) -> None:
    for _ in range(2):
        alice_client.post(f"/articles/{trashed.pk}/recover/")
    assert trashed.status_changes.filter(action="recovered").count() == 1


def test_author_is_led_from_its_editor_to_the_trash(alice_client: Client, trashed: Article) -> None:
    answer = alice_client.get(f"/articles/{trashed.pk}/edit/")
    assert answer["Location"] == "/articles/mine/trash/"


def test_text_typed_into_a_trashed_article_is_kept_in_its_history(
    alice_client: Client, trashed: Article
) -> None:
    form = {"title": "T", "body": "Typed.", "tags": "", "summary": ""}
    answer = alice_client.post(f"/articles/{trashed.pk}/edit/", form)
    assert answer.status_code == 409
    assert "moved to the trash" in answer.content.decode()
    assert trashed.revisions.get(origin="conflict").body == "Typed."


def test_form_that_has_made_it_makes_another_article(alice_client: Client) -> None:
    token = alice_client.get("/articles/new/").context["form"]["creation_token"].value()
    form = {"title": "T", "body": "Text.", "tags": "", "summary": "", "creation_token": token}
    alice_client.post("/articles/new/", form)
    first = Article.objects.get()
    alice_client.post(f"/articles/{first.pk}/delete/")
    assert alice_client.post("/articles/new/", form).status_code == 302
    assert Article.objects.exclude(pk=first.pk).count() == 1


def test_deleting_in_the_admin_moves_to_the_trash(dana_client: Client, article: Article) -> None:
    path = f"/admin/articles/article/{article.pk}/delete/"
    assert dana_client.get(path).status_code == 200
    assert dana_client.post(path, {"post": "yes"}).status_code == 302
    assert not Article.objects.exists()
    assert Article.with_trashed.get().status_before_trash == "published"


def test_bulk_deleting_in_the_admin_moves_to_the_trash(
    dana_client: Client, article: Article
) -> None:
    chosen = {"action": "delete_selected", "_selected_action": [article.pk], "post": "yes"}
    dana_client.post("/admin/articles/article/", chosen)
    assert Article.with_trashed.get().trashed_at


def test_purge_deletes_after_thirty_days_and_not_before(
    alice: User, django_assert_max_num_queries
) -> None:
    now = timezone.now()
    for age in (KEPT_FOR + timedelta(minutes=1), KEPT_FOR - timedelta(minutes=1)):
        make_article(alice, status="draft", title=str(age))
        newest = Article.objects.order_by("-pk")[:1].get()
        Article.objects.filter(pk=newest.pk).update(status="trashed", trashed_at=now - age)
    live = make_article(alice)
    with django_assert_max_num_queries(20):
        assert sum(purge_trash()) == 1
    assert set(Article.with_trashed.values_list("status", flat=True)) == {"trashed", "published"}
    assert Article.objects.get() == live


def test_command_purges_the_trash(trashed: Article, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("purge_trash")
    assert capsys.readouterr().out == "0 articles deleted for good.\n"
    call_command("purge_trash", "--days", "0")
    assert capsys.readouterr().out == "1 article deleted for good.\n"
    assert not Article.with_trashed.exists()
