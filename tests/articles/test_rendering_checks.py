"""`migrate` and `check` report articles to render anew."""

from io import StringIO

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import OperationalError

from articles import rendering_checks
from articles.models import Article
from articles.rendering import REFUSED
from articles.rendering_checks import articles_are_rendered, articles_are_within_limits
from tests.articles.outdated_rows import make_outdated
from tests.factories import make_article, make_user

pytestmark = pytest.mark.django_db
LINE = "python manage.py rerender_articles"


def test_current_articles_are_no_warning():
    make_article(make_user())
    assert articles_are_rendered(databases=["default"]) == []


def test_check_counts_outdated_articles_and_names_the_command():
    for username in ("alice_writes", "robert"):
        make_outdated(make_user(username))
    [warning] = articles_are_rendered(databases=["default"])
    assert (warning.id, "2 article" in warning.msg, LINE in warning.hint) == (
        "articles.W001", True, True,
    )  # fmt: skip


def test_check_queries_only_the_given_databases(django_assert_num_queries):
    make_outdated(make_user())
    with django_assert_num_queries(0):
        assert "articles.W001" not in [each.id for each in run_checks()]
    assert "articles.W001" in [each.id for each in run_checks(databases=["default"])]


def fail(using):
    raise OperationalError("no such column: articles_article.rendered_by")


def test_check_is_silent_before_the_migration(monkeypatch):
    monkeypatch.setattr(rendering_checks, "outdated", fail)
    assert articles_are_rendered(databases=["default"]) == []


def migrated(capsys, verbosity: int) -> str:
    call_command("migrate", verbosity=verbosity, skip_checks=True, stdout=StringIO())
    return capsys.readouterr().err


def test_migrate_writes_the_number_and_the_command_to_stderr(capsys):
    make_outdated(make_user())
    assert migrated(capsys, 1) == (f"1 article was rendered by an older version. Type: {LINE}\n")


def test_migrate_is_silent_without_outdated_articles_or_verbosity(capsys):
    author = make_user()
    make_article(author)
    assert migrated(capsys, 1) == ""
    make_outdated(author)
    assert migrated(capsys, 0) == ""


def test_migrate_speaks_the_language_of_the_site(capsys, settings):
    settings.LANGUAGE_CODE = "zh-hans"
    make_outdated(make_user())
    assert migrated(capsys, 1).startswith("有 1 篇文章由旧版渲染。")


def test_hint_names_the_way_to_shorten_a_refused_text():
    make_outdated(make_user())
    [warning] = articles_are_rendered(databases=["default"])
    assert "shorten it and save it in the editor" in warning.hint


def test_text_that_was_refused_is_a_warning_of_its_own(capsys):
    make_outdated(make_user())
    assert articles_are_within_limits(databases=["default"]) == []
    Article.objects.update(rendered_by=REFUSED)
    found = [each for each in run_checks(databases=["default"]) if each.id.startswith("articles")]
    assert [each.id for each in found] == ["articles.W002"]
    assert "1 article" in found[0].msg and "save it in the editor" in found[0].hint
    assert migrated(capsys, 1) == ""


def test_check_of_refused_texts_is_silent_before_the_migration(monkeypatch):
    monkeypatch.setattr(rendering_checks, "outdated", fail)
    assert articles_are_within_limits(databases=["default"]) == []
