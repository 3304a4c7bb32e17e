"""A text over a limit is an error of its field and is returned; previews are counted."""

import pytest
from django.test import Client

from articles.models import OUTDATED, Article
from core.http.attempts import Limit
from tests.factories import make_article, make_user
from tests.page import Page

pytestmark = pytest.mark.django_db
FORM = {"title": "Pools", "tags": "MySQL，缓存", "summary": "", "body": "# Why\n\nBecause."}
LONG = "long " * 5_000  # a paragraph over its limit


@pytest.mark.parametrize("button", ["save", "publish", "preview"])
def test_text_over_a_limit_is_an_error_beside_it_and_comes_back(alice_client, button):
    answer = alice_client.post("/articles/new/", FORM | {"body": LONG, button: ""})
    assert answer.status_code == 400
    page = Page(answer.content.decode())
    assert "24,999 characters; at most 20,000" in page.error_of("body")
    assert LONG in page.text
    assert page.form_with("title")["title"]["value"] == FORM["title"]
    assert not Article.objects.exists()


def test_article_over_a_newer_limit_is_shown_as_it_was_stored(alice_client, alice):
    article = make_article(alice)
    stored = {"body_html": "<p>stored</p>", "rendered_by": OUTDATED}
    Article.objects.filter(pk=article.pk).update(body=LONG, **stored)
    assert "<p>stored</p>" in alice_client.get(article.get_absolute_url()).content.decode()
    assert alice_client.post(f"/articles/{article.pk}/withdraw/").status_code == 302
    assert LONG.strip() in alice_client.get(f"/articles/{article.pk}/edit/").content.decode()


def test_text_is_rendered_once_for_each_post(alice_client, monkeypatch):
    rendered = []
    monkeypatch.setattr(
        "articles.models.article.render", lambda *text, **how: rendered.append(1) or "<p>"
    )
    alice_client.post("/articles/new/", FORM | {"preview": ""})
    alice_client.post("/articles/new/", FORM | {"save": ""})
    assert len(rendered) == 2


class TestCountedPreviews:
    @pytest.fixture(autouse=True)
    def three_in_a_window(self, monkeypatch):
        monkeypatch.setattr("core.http.attempts.time.time", lambda: 3_600_000_100.0)
        monkeypatch.setattr("articles.views.writing.PREVIEWS", Limit("preview", 3, 600))

    def test_too_many_are_429_and_give_everything_back(self, alice_client, monkeypatch):
        for _ in range(3):
            assert alice_client.post("/articles/new/", FORM | {"preview": ""}).status_code == 200
        monkeypatch.setattr("articles.models.article.render", None)  # nothing is rendered
        answer = alice_client.post("/articles/new/", FORM | {"preview": "", "seen": "then"})
        assert (answer.status_code, answer["Retry-After"]) == (429, "600")
        page = Page(answer.content.decode())
        assert "Try again in 10 minutes" in page.text and FORM["body"] in page.text
        given = page.form_with("title")
        assert {name: given[name].get("value") for name in ("title", "tags", "seen")} == {
            "title": FORM["title"], "tags": FORM["tags"], "seen": "then",
        }  # fmt: skip

    def test_saving_and_another_account_are_not_held_up(self, alice_client):
        for _ in range(4):
            answer = alice_client.post("/articles/new/", FORM | {"preview": ""})
        assert answer.status_code == 429
        assert alice_client.post("/articles/new/", FORM | {"save": ""}).status_code == 302
        bob = Client()
        bob.force_login(make_user("robert"))
        assert bob.post("/articles/new/", FORM | {"preview": ""}).status_code == 200
