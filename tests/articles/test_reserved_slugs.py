"""An article whose slug became the name of a page gets another slug."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from accounts.models import User
from articles.models import Article
from tests.factories import make_article

pytestmark = pytest.mark.django_db


def test_migration_renames_slugs_that_are_pages_now(alice: User, charlie: Client) -> None:
    taken, free = make_article(alice), make_article(alice, slug="historical")
    Article.objects.filter(pk=taken.pk).update(slug="history")
    migration = import_module("articles.migrations.0007_reserved_slugs")
    migration.rename(apps, SimpleNamespace(connection=connection))
    slugs = dict(Article.objects.values_list("pk", "slug"))
    assert slugs == {taken.pk: "history-article", free.pk: "historical"}
    assert charlie.get(f"/articles/{taken.pk}/history-article/").status_code == 200


@pytest.mark.parametrize("title", ["History", "hide", "Show", "Recover", "Autosave"])
def test_title_that_is_the_name_of_a_page_gives_another_slug(alice: User, title: str) -> None:
    assert make_article(alice, title=title).slug == f"{title.lower()}-article"
