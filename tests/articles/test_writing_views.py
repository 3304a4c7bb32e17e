"""Pages of an author: the editor, publishing, withdrawing, deleting, the list of own articles."""

import pytest

from articles.models import Article
from tests.factories import make_article, make_user

pytestmark = pytest.mark.django_db


FORM = {"title": "Pools", "tags": "MySQL，缓存", "summary": "", "body": "# Why\n\nBecause."}


def test_writing_a_draft_and_publishing_it(alice_client):
    answer = alice_client.post("/articles/new/", FORM | {"save": ""})
    article = Article.objects.get()
    assert answer["Location"] == article.get_absolute_url()
    assert article.status == "draft"
    assert [tag.name for tag in article.tags.all()] == ["MySQL", "缓存"]
    alice_client.post(f"/articles/{article.pk}/publish/")
    article.refresh_from_db()
    assert article.is_public


def test_editor_begins_empty(alice_client):
    page = alice_client.get("/articles/new/").context["form"]
    empty = {field.name: field.value() or "" for field in page if field.name != "creation_token"}
    assert set(empty.values()) == {""}


def test_only_writing_is_an_update_that_readers_see(alice_client):
    alice_client.post("/articles/new/", FORM | {"save": ""})
    article = Article.objects.get()
    alice_client.post(f"/articles/{article.pk}/publish/")
    assert Article.objects.get().updated_at == article.updated_at
    alice_client.post(f"/articles/{article.pk}/edit/", FORM | {"body": "New."})
    assert Article.objects.get().updated_at > article.updated_at


def test_publishing_from_the_editor(alice_client):
    alice_client.post("/articles/new/", FORM | {"publish": ""})
    assert Article.objects.get().is_public


def test_new_title_gives_a_new_slug_and_the_old_address_leads_there(alice_client):
    alice_client.post("/articles/new/", FORM | {"publish": ""})
    article = Article.objects.get()
    old = article.get_absolute_url()
    alice_client.post(f"/articles/{article.pk}/edit/", FORM | {"title": "新标题"})
    article.refresh_from_db()
    assert article.slug == "新标题"
    assert alice_client.get(old)["Location"] == article.get_absolute_url()


def test_two_windows_do_not_overwrite_each_other(alice_client):
    alice_client.post("/articles/new/", FORM | {"save": ""})
    path = f"/articles/{Article.objects.get().pk}/edit/"
    seen = {"seen": alice_client.get(path).context["form"]["seen"].value()}
    assert alice_client.post(path, FORM | seen | {"body": "first"}).status_code == 302
    late = alice_client.post(path, FORM | seen | {"body": "second"})
    assert late.status_code == 409
    assert "second" in late.content.decode()
    assert Article.objects.get().body == "first"
    again = {"seen": late.context["form"]["seen"].value()}
    assert alice_client.post(path, FORM | again | {"body": "second"}).status_code == 302
    assert Article.objects.get().body == "second"


def test_made_up_time_of_opening_is_a_conflict(alice_client):
    alice_client.post("/articles/new/", FORM | {"save": ""})
    path = f"/articles/{Article.objects.get().pk}/edit/"
    for seen in ("yesterday", "2026-99-99T00:00:00Z", "2026-01-01", "9999-12-31T23:59:59-23:00"):
        answer = alice_client.post(path, FORM | {"seen": seen, "publish": ""})
        assert answer.status_code == 409
    assert Article.objects.get().status == "draft"


def test_withdrawing_and_deleting(alice_client):
    alice_client.post("/articles/new/", FORM | {"publish": ""})
    article = Article.objects.get()
    alice_client.post(f"/articles/{article.pk}/withdraw/")
    article.refresh_from_db()
    assert article.status == "draft"
    assert alice_client.get(f"/articles/{article.pk}/delete/").status_code == 200
    assert Article.objects.exists()
    assert alice_client.post(f"/articles/{article.pk}/delete/").status_code == 302
    assert not Article.objects.exists()


@pytest.mark.parametrize("page", ["edit", "delete", "publish", "withdraw"])
def test_others_cannot_touch_an_article(client, alice, page):
    article = make_article(alice)
    path = f"/articles/{article.pk}/{page}/"
    assert client.post(path)["Location"].startswith("/login?next=")
    client.force_login(make_user("robert"))
    assert client.post(path, FORM).status_code == 404
    article.refresh_from_db()
    assert article.is_public


def test_author_cannot_publish_an_article_that_an_editor_hid(alice_client, alice):
    article = make_article(alice, status="hidden")
    assert alice_client.post(f"/articles/{article.pk}/publish/").status_code == 404
    alice_client.post(f"/articles/{article.pk}/edit/", FORM | {"publish": ""})
    article.refresh_from_db()
    assert (article.status, article.title) == ("hidden", "Pools")


@pytest.mark.parametrize(
    ("change", "field", "status"),
    [
        ({"title": ""}, "title", 200),
        ({"title": "x" * 201}, "title", 400),
        ({"body": " \r\n "}, "body", 200),
        ({"body": "a\x00b"}, "body", 200),
        ({"body": "x" * 500_001}, "body", 400),
        ({"tags": ",".join("abcdefghijk")}, "tags", 400),
        ({"tags": "t" * 51}, "tags", 400),
        ({"summary": "s" * 301}, "summary", 400),
    ],
)
def test_wrong_field_is_named_and_the_text_kept(alice_client, change, field, status):
    answer = alice_client.post("/articles/new/", FORM | change)
    assert answer.status_code == status
    assert field in answer.context["form"].errors
    assert not Article.objects.exists()
    if field != "body":
        assert "Because." in answer.content.decode()
    assert "".join(change.values()).strip() in answer.content.decode()


def test_body_comes_back_to_the_letter(alice_client):
    body = "  leading\n\n```\ncode  \n```\n结尾 🙂\n"
    alice_client.post("/articles/new/", FORM | {"body": body.replace("\n", "\r\n")})
    assert Article.objects.get().body == body


def test_my_articles_shows_own_articles_only(alice_client, alice):
    make_article(make_user("robert"), title="Not hers")
    make_article(alice, title="Hers", status="draft")
    page = alice_client.get("/articles/mine/").content.decode()
    assert "Hers" in page
    assert "Not hers" not in page


def test_publishing_after_the_sign_in_has_ended_leads_to_the_article(client, alice):
    article = make_article(alice)
    answer = client.post(f"/articles/{article.pk}/publish/")
    assert answer["Location"] == f"/login?next=/articles/{article.pk}/"


def test_empty_post_after_the_sign_in_has_ended_leads_to_sign_in(client):
    assert client.post("/articles/new/")["Location"] == "/login?next=/articles/new/"


def test_as_much_chinese_fits_as_is_promised(alice_client):
    answer = alice_client.post(
        "/articles/new/", FORM | {"body": ("中" * 978 + "\n\n") * 500, "save": ""}
    )
    assert answer.status_code == 302


@pytest.mark.parametrize("title", ["\u200b", "\u3164\u3164", " \u2060 "])
def test_title_without_a_visible_character_is_refused(alice_client, title):
    page = alice_client.post("/articles/new/", FORM | {"title": title}).content.decode()
    assert "The title has no visible character." in page
    assert "Because." in page  # nothing that was typed is lost
    assert not Article.objects.exists()


def test_tags_without_a_visible_character_are_left_out(alice_client):
    alice_client.post("/articles/new/", FORM | {"tags": "MySQL, \u200b,\u3164"})
    assert [tag.name for tag in Article.objects.get().tags.all()] == ["MySQL"]
