"""Each save that changes an article's text keeps a revision, in the transaction of the save."""

from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import User
from articles.models import Article, Revision, Tag
from articles.revisions import keep, recorded, restore
from articles.status_changes import change_status
from tests.factories import make_article

pytestmark = pytest.mark.django_db
FORM = {"title": "Pools", "tags": "MySQL，缓存", "summary": "", "body": "One."}


def new_article(client: Client, **fields: str) -> Article:
    client.post("/articles/new/", FORM | fields)
    return Article.objects.get()


def edit(client: Client, article: Article, **fields: str) -> int:
    return client.post(f"/articles/{article.pk}/edit/", FORM | fields).status_code


def revisions(article: Article) -> list[tuple[str, str]]:
    return list(article.revisions.order_by("pk").values_list("origin", "body"))


def test_each_save_in_the_editor_keeps_its_text_and_author(
    alice_client: Client, alice: User
) -> None:
    article = new_article(alice_client, save="")
    edit(alice_client, article, body="Two.")
    assert revisions(article) == [("created", "One."), ("saved", "Two.")]
    first = article.revisions.earliest("pk")
    assert (first.by, first.tag_names, first.stays) == (alice, ["MySQL", "缓存"], True)


def test_save_without_a_change_keeps_no_revision(alice_client: Client) -> None:
    article = new_article(alice_client, save="")
    edit(alice_client, article)
    assert len(revisions(article)) == 1


@pytest.mark.parametrize("change", [{"tags": "MySQL"}, {"summary": "S"}, {"breaks": "on"}])
def test_change_of_another_field_keeps_a_revision(
    alice_client: Client, change: dict[str, str]
) -> None:
    article = new_article(alice_client, save="")
    edit(alice_client, article, **change)
    assert len(revisions(article)) == 2


def test_published_text_stays_and_later_drafts_do_not(alice_client: Client) -> None:
    article = new_article(alice_client, save="")
    edit(alice_client, article, body="Two.")
    alice_client.post(f"/articles/{article.pk}/publish/")
    alice_client.post(f"/articles/{article.pk}/withdraw/")
    edit(alice_client, article, body="Three.")
    assert list(article.revisions.order_by("pk").values_list("stays", flat=True)) == [
        True, True, False,
    ]  # fmt: skip


def test_text_of_an_older_release_is_kept_before_it_changes(
    alice_client: Client, article: Article
) -> None:
    edit(alice_client, article, body="New.")
    assert revisions(article) == [("found", "Some *text*."), ("saved", "New.")]


def test_save_in_the_admin_keeps_a_revision(
    dana_client: Client, dana: User, article: Article
) -> None:
    tag = Tag.objects.create(name="Go")
    form = {"title": "T", "body": "By Dana.", "status": "draft", "author": article.author_id}
    path = f"/admin/articles/article/{article.pk}/change/"
    assert dana_client.post(path, form | {"tags": [tag.pk]}).status_code == 302
    latest = article.revisions.latest("pk")
    assert (latest.by, latest.body, latest.tags) == (dana, "By Dana.", "Go")
    assert article.status_changes.get().action == "withdrawn"


def test_failed_save_keeps_no_revision(article: Article, alice: User) -> None:
    with pytest.raises(ValueError, match="fails"), recorded(article, alice):
        Article.objects.filter(pk=article.pk).update(body="Lost.")
        raise ValueError("The save fails.")
    assert revisions(article) == []


def test_refused_text_is_kept_once_and_both_are_shown(
    alice_client: Client, article: Article
) -> None:
    path = f"/articles/{article.pk}/edit/"
    seen = {"seen": alice_client.get(path).context["form"]["seen"].value()}
    alice_client.post(path, FORM | seen | {"body": "one two"})
    for _ in range(2):
        late = alice_client.post(path, FORM | seen | {"body": "one three"})
        assert late.status_code == 409
    assert [each for each in revisions(article) if each[0] == "conflict"] == [
        ("conflict", "one three")
    ]
    page = late.content.decode()
    assert "<mark>two</mark>" in page and "<mark>three</mark>" in page
    assert "one two</textarea>" in page and "one three</textarea>" in page


def test_order_of_the_typed_tags_is_no_difference(alice_client: Client, article: Article) -> None:
    path = f"/articles/{article.pk}/edit/"
    seen = {"seen": alice_client.get(path).context["form"]["seen"].value()}
    alice_client.post(path, FORM | seen | {"body": "one two", "tags": "mysql, ada"})
    late = alice_client.post(path, FORM | seen | {"body": "one three", "tags": "mysql, ada"})
    labels = [change.label for change in late.context["changes"]]
    assert [str(label) for label in labels] == ["Text"]


def test_refused_text_in_the_admin_is_kept(dana_client: Client, article: Article) -> None:
    path = f"/admin/articles/article/{article.pk}/change/"
    form = {"title": "T", "status": "published", "author": article.author_id, "seen": "[]"}
    assert dana_client.post(path, form | {"body": "Typed."}).status_code == 409
    assert revisions(article) == [("conflict", "Typed.")]


def test_restored_text_is_a_new_revision(alice_client: Client, article: Article) -> None:
    Article.objects.filter(pk=article.pk).update(updated_at=article.created_at)
    with transaction.atomic():
        first = keep(article.pk, article.author, Revision.Origin.CREATED)
    edit(alice_client, article, title="Other", body="Two.", tags="x")
    answer = alice_client.post(f"/articles/{article.pk}/history/{first.pk}/restore/")
    assert answer["Location"] == f"/articles/{article.pk}/history/"
    article.refresh_from_db()
    assert (article.title, article.slug, article.body) == (first.title, "the-first-one", first.body)
    assert not article.tags.exists()
    assert article.updated_at > article.created_at
    assert [origin for origin, _ in revisions(article)] == ["created", "saved", "restored"]


def test_restored_text_that_the_renderer_refuses_is_left_alone(
    alice_client: Client, article: Article
) -> None:
    huge = article.revisions.create(origin="created", title="T", body="x" * 600_000)
    answer = alice_client.post(f"/articles/{article.pk}/history/{huge.pk}/restore/", follow=True)
    assert "600,000" in answer.content.decode() or "500" in answer.content.decode()
    assert Article.objects.get().body == article.body


def test_history_belongs_to_the_author_and_the_team(
    alice_client: Client, bob_client: Client, dana_client: Client, charlie: Client, alice: User
) -> None:
    article = make_article(alice, status="draft")
    edit(alice_client, article, body="Two.")
    revision = article.revisions.latest("pk")
    for path in ("", f"{revision.pk}/", f"{revision.pk}/?from=stored"):
        address = f"/articles/{article.pk}/history/{path}"
        assert alice_client.get(address).status_code == dana_client.get(address).status_code == 200
        assert bob_client.get(address).status_code == 404
        assert charlie.get(address)["Location"].startswith("/login?next=")
    restore = f"/articles/{article.pk}/history/{revision.pk}/restore/"
    assert bob_client.post(restore).status_code == 404


def test_revision_of_another_article_is_not_found(alice_client: Client, alice: User) -> None:
    mine, other = make_article(alice), make_article(alice)
    with transaction.atomic():
        revision = keep(other.pk, alice, Revision.Origin.CREATED)
    assert alice_client.get(f"/articles/{mine.pk}/history/{revision.pk}/").status_code == 404


def test_history_page_takes_the_same_queries_for_many_revisions(
    alice_client: Client, article: Article, django_assert_max_num_queries
) -> None:
    for number in range(30):
        edit(alice_client, article, body=f"Text {number}")
    with django_assert_max_num_queries(12):
        page = alice_client.get(f"/articles/{article.pk}/history/").content.decode()
    assert page.count("/history/") >= 30


def test_tag_with_another_line_end_in_its_name_is_restored(alice_client: Client) -> None:
    article = new_article(alice_client, tags="a\u2028b", save="")
    revision = article.revisions.get()
    edit(alice_client, article, tags="")
    alice_client.post(f"/articles/{article.pk}/history/{revision.pk}/restore/")
    assert [tag.name for tag in article.tags.all()] == ["a\u2028b"]


def test_restore_into_an_article_that_is_trashed_at_this_moment_is_not_found(
    alice_client: Client, article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision = article.revisions.create(origin="saved", title="Old", body="Old.")

    def restore_late(*args: Any) -> Article:
        change_status(article.pk, "trashed", article.author)
        return restore(*args)

    monkeypatch.setattr("articles.views.history.restore", restore_late)
    answer = alice_client.post(f"/articles/{article.pk}/history/{revision.pk}/restore/")
    assert (answer.status_code, Article.with_trashed.get().body) == (404, article.body)


def test_history_page_loads_the_revisions_of_its_page_alone(
    alice_client: Client, article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [Revision(article=article, origin="saved", title=f"T{n}", body="x") for n in range(60)]
    Revision.objects.bulk_create(rows)
    article.status_changes.create(action="hidden")
    loaded: list[Any] = []
    from_db = Revision.from_db
    monkeypatch.setattr(Revision, "from_db", lambda *row: loaded.append(row) or from_db(*row))
    page = alice_client.get(f"/articles/{article.pk}/history/?page=2").context["page"]
    assert [each.title for each in page] == [f"T{n}" for n in range(10, -1, -1)]
    assert (page.paginator.count, len(loaded)) == (61, 11)
