"""Dana's form in the admin does not overwrite what Alice has saved meanwhile."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client

from articles.models import Article, Tag
from tests.factories import make_article, make_user
from tests.page import Page

pytestmark = pytest.mark.django_db
LATE = {"byline": "Ann Lee", "summary": "Dana's <summary>"}


@pytest.fixture
def article(alice):
    article = make_article(alice, status="draft", summary="At first.")
    article.tags.set(Tag.objects.named(["MySQL"]))
    return article


def path_of(article):
    return f"/admin/articles/article/{article.pk}/change/"


def opened(client, article):
    """Opens the form; returns the fields that it would send."""
    form = client.get(path_of(article)).context["adminform"].form
    fields = {bound.html_name: bound.value() for bound in form if bound.value() is not None}
    return {name: value for name, value in fields.items() if name != "publish_at"}


def test_save_that_has_seen_the_latest_goes_through(dana_client, article):
    assert (
        dana_client.post(path_of(article), opened(dana_client, article) | LATE).status_code == 302
    )
    article.refresh_from_db()
    assert (article.byline, article.summary) == (LATE["byline"], LATE["summary"])


def test_stale_save_keeps_both_versions(dana_client, article):
    form = opened(dana_client, article) | LATE
    article.summary = "Alice's summary"
    article.save()
    answer = dana_client.post(path_of(article), form)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "saved elsewhere" in page
    assert "Alice&#x27;s summary" in page
    assert "Dana&#x27;s &lt;summary&gt;" in page
    assert "Ann Lee" in page
    assert [field.label for field in answer.context["stored"]] == ["Byline", "Summary"]
    article.refresh_from_db()
    assert (article.byline, article.summary) == ("", "Alice's summary")


def test_saving_again_after_a_conflict_overwrites(dana_client, article):
    form = opened(dana_client, article) | LATE
    article.save()
    late = dana_client.post(path_of(article), form)
    again = {"seen": late.context["adminform"].form["seen"].value()}
    assert dana_client.post(path_of(article), form | again).status_code == 302
    article.refresh_from_db()
    assert article.byline == "Ann Lee"


@pytest.mark.parametrize("change", [{"status": "published"}, {"status": "hidden"}])
def test_change_of_status_elsewhere_is_a_conflict_too(dana_client, article, change):
    form = opened(dana_client, article) | LATE
    article.status = change["status"]
    article.save(update_fields=["status"])
    assert dana_client.post(path_of(article), form).status_code == 409
    article.refresh_from_db()
    assert article.status == change["status"]


def test_line_ends_of_browsers_are_no_conflict(dana_client, article):
    article.body = "One.\n\n  Two.\n"
    article.save()
    form = opened(dana_client, article) | LATE | {"body": "One.\r\n\r\n  Two."}
    article.save()
    answer = dana_client.post(path_of(article), form)
    assert [field.label for field in answer.context["stored"]] == ["Byline", "Summary"]


def test_stored_text_keeps_its_lines(dana_client, article):
    form = opened(dana_client, article) | {"body": "Mine."}
    article.body = "One.\n\n    Two <b>.\n"
    article.save()
    page = Page(dana_client.post(path_of(article), form).content.decode())
    assert page.texts["stored-1"].strip() == article.body.strip()


def test_staff_with_view_permission_sees_the_article(client, article):
    looking = make_user("erin_staff", is_staff=True)
    looking.user_permissions.add(Permission.objects.get(codename="view_article"))
    client.force_login(looking)
    page = client.get(path_of(article))
    assert page.status_code == 200
    assert "seen" not in page.content.decode()


def test_other_tags_are_shown_and_kept(dana_client, article):
    form = opened(dana_client, article) | LATE
    article.save()
    article.tags.set(Tag.objects.named(["MySQL", "缓存"]))
    answer = dana_client.post(path_of(article), form)
    assert ("Tags", "MySQL, 缓存", False) in answer.context["stored"]
    assert article.tags.count() == 2


@pytest.mark.parametrize(
    "seen", ["x", "[]", "[1, 2]", '["yesterday", "draft", null]', "{}", "[" * 5000, "null"]
)
def test_made_up_state_is_a_conflict(dana_client, article, seen):
    form = opened(dana_client, article) | LATE | {"seen": seen}
    assert dana_client.post(path_of(article), form).status_code == 409


def test_refused_save_does_not_change_when_the_article_was_edited(dana_client, article):
    form = opened(dana_client, article) | {"title": ""}
    assert dana_client.post(path_of(article), form).status_code == 200
    updated = article.updated_at
    article.refresh_from_db()
    assert article.updated_at == updated


def test_field_over_its_limit_is_400_and_comes_back(dana_client, article):
    answer = dana_client.post(
        path_of(article), opened(dana_client, article) | {"summary": "s" * 301}
    )
    assert answer.status_code == 400
    assert "s" * 301 in answer.content.decode()


def test_another_author_takes_no_creation_token_along(dana_client, article):
    Article.objects.update(creation_token="8b0b1a52-7c43-4f6c-9a53-0d1a4b7a1d11")
    robert = make_user("robert")
    assert (
        dana_client.post(
            path_of(article), opened(dana_client, article) | {"author": robert.pk}
        ).status_code
        == 302
    )
    article.refresh_from_db()
    assert (article.author, article.creation_token) == (robert, None)


@pytest.mark.skipif(
    settings.DATABASES["default"]["ENGINE"] != "core.mysql_pool",
    reason="runs in the pass on MariaDB",
)
@pytest.mark.django_db(transaction=True)
def test_one_of_two_saves_at_once_wins(dana_client, article):
    form = opened(dana_client, article)

    def save(number):
        browser = Client()
        browser.cookies = dana_client.cookies
        try:
            return browser.post(path_of(article), form | {"byline": f"B{number}"}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(save, range(6))) == [302, 409, 409, 409, 409, 409]


def test_save_of_an_article_that_was_trashed_meanwhile_keeps_the_text(
    alice_client, dana_client, article
):
    form = opened(dana_client, article) | {"body": "Typed by Dana."}
    alice_client.post(f"/articles/{article.pk}/delete/")
    answer = dana_client.post(path_of(article), form)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "moved to the trash" in page and "Typed by Dana.</textarea>" in page
    assert article.revisions.get().body == "Typed by Dana."
    assert Article.with_trashed.get().trashed_at
