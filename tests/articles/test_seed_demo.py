from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import User
from articles import generated_articles
from articles.generated_articles import generated
from articles.language import language_of
from articles.management.commands.seed_demo import NAME, demo_sources
from articles.models import Article, ImportedFile, SearchText
from core.markdown import render, summarise
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


def seed(*arguments: str) -> str:
    out = StringIO()
    call_command("seed_demo", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_demo_has_articles_in_both_languages_and_an_author_who_can_sign_in(client: Client) -> None:
    password = seed().split()[-1]
    articles = Article.objects.published()
    languages = [language_of(article.body) for article in articles]
    assert languages.count("zh-Hans") == languages.count("en") == 5
    response = client.post("/login", {"name": NAME, "pwd": password})
    assert response.status_code == 302


def test_draft_and_an_article_of_the_future_are_not_public() -> None:
    seed()
    hidden = Article.objects.exclude(pk__in=Article.objects.published())
    assert sorted(hidden.values_list("status", flat=True)) == ["draft", "published"]
    assert hidden.get(status="published").publish_at > timezone.now() + timedelta(days=13)


def test_dates_are_spread_over_the_last_weeks() -> None:
    seed()
    days = {article.publish_at.date() for article in Article.objects.published()}
    assert len(days) == 10
    assert max(days) > timezone.now().date() - timedelta(days=7)


def test_every_article_has_tags_and_a_beginning_to_show() -> None:
    seed()
    for article in Article.objects.all():
        assert article.tags.exists()
        assert len(article.lead) > 20


def test_running_it_again_changes_nothing() -> None:
    seed()
    before = list(Article.objects.order_by("pk").values())
    second = seed()
    assert list(Article.objects.order_by("pk").values()) == before
    assert f"changepassword {NAME}" in second


def test_edit_on_the_site_stays_and_a_deleted_article_comes_back() -> None:
    seed()
    edited, deleted = Article.objects.order_by("pk")[:2]
    edited.title = "Mine now"
    edited.save()
    deleted.delete()
    seed()
    assert Article.objects.filter(title="Mine now").exists()
    assert Article.objects.filter(slug=deleted.slug).exists()


def test_password_may_be_given(settings: Any) -> None:
    settings.INKPOOL_NEW_USER_PASSWORD = PASSWORD
    seed()
    assert User.objects.get(username=NAME).check_password(PASSWORD)


def test_given_password_that_the_rules_refuse_makes_no_account(settings: Any) -> None:
    settings.INKPOOL_NEW_USER_PASSWORD = "short"
    with pytest.raises(CommandError, match=r"DJANGO_USER_PASSWORD: .*8 characters"):
        seed()
    assert not User.objects.exists()


def test_demo_articles_are_known_by_the_same_path_on_every_machine() -> None:
    seed()
    paths = set(ImportedFile.objects.values_list("path", flat=True))
    assert paths == {f"demo/{source.file.name}" for source in demo_sources()}


@pytest.mark.parametrize("number", [1, 2])
def test_generated_article_is_what_its_text_renders_to(number: int) -> None:
    article = generated(number, author=1)
    assert article.body_html == render(article.body)
    assert article.excerpt == summarise(article.body_html)
    assert language_of(article.title + article.body) == {1: "zh-Hans", 2: "en"}[number]


def test_articles_are_generated_in_both_languages_with_tags_and_dates() -> None:
    assert "30 generated articles are written." in seed("--articles", "30")
    made = Article.objects.filter(author__username__startswith="demo_writer_")
    assert {article.language for article in made} == {"en", "zh-Hans"}
    assert all(article.tags.exists() for article in made)
    assert len({article.publish_at.year for article in made}) > 3
    assert SearchText.objects.outdated().count() == 0


def test_missing_generated_articles_are_added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generated_articles, "BATCH", 2)
    write, done = generated_articles.write_articles, []

    def interrupted(numbers: list[int], *made: Any) -> int:
        if done:
            raise KeyboardInterrupt
        done.extend(numbers)
        return write(numbers, *made)

    with monkeypatch.context() as patch:
        patch.setattr(generated_articles, "write_articles", interrupted)
        with pytest.raises(CommandError, match=r"Interrupted.*2 generated articles"):
            seed("--articles", "5")
    assert "3 generated articles" in seed("--articles", "5")
    assert "0 generated articles" in seed("--articles", "4")
