"""Each model's writes outdate its subject, its app's if it declares none, or nothing."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.apps.registry import Apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection, models
from django.test.utils import isolate_apps

from accounts.models import LoginSession, User
from articles.models import Article, ImportedFile, Revision, StatusChange, Tag
from core import subjects
from core.invalidation import checks
from core.invalidation.generations import bit, generations
from core.jobs.models import JobState
from core.subjects import NEVER_CACHED, declare, names, subject_of, table
from tests.core.page_cache.cached_site import Site
from tests.own_apps import OWN_APPS


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Apps]:
    """The models that a test defines, as if they alone were installed."""
    monkeypatch.setattr(subjects, "_declared", dict(subjects._declared))
    monkeypatch.setattr(subjects, "_tables", subjects._Tables())
    with isolate_apps("articles") as registry:
        assert registry
        monkeypatch.setattr(subjects, "apps", registry)
        yield registry


def define(name: str, **attributes: object) -> type[models.Model]:
    """A model of the app articles."""
    meta = type("Meta", (), {"app_label": "articles", "db_table": f"articles_{name.lower()}"})
    namespace = {"__module__": "articles.models", "Meta": meta, **attributes}
    return type(name, (models.Model,), namespace)


def test_each_model_of_the_site_declares_its_subject() -> None:
    assert subjects.undeclared() == []
    added = set(OWN_APPS) - {"core", "accounts", "articles"}
    stock = [each for each in apps.get_models() if each._meta.app_label not in added]
    assert {subject_of(each) for each in stock} == {"articles", "users", NEVER_CACHED}
    assert {subject_of(each) for each in (Article, Tag, Article.tags.through)} == {"articles"}
    shown = User, User.groups.through, Group, Group.permissions.through, Permission
    assert {subject_of(each) for each in shown} == {"users"}
    never = Session, LogEntry, LoginSession, ImportedFile, Revision, StatusChange, JobState
    assert {subject_of(each) for each in never} == {NEVER_CACHED}


def test_a_model_that_declares_nothing_belongs_to_its_app(registry: Apps) -> None:
    poll = define("Poll", voters=models.ManyToManyField("articles.Poll"))
    assert subject_of(poll) == "articles"
    assert table("articles_poll") == table("ARTICLES_POLL_VOTERS") == ("articles", frozenset())


def test_check_names_it_and_the_line_to_add(registry: Apps) -> None:
    define("Poll")
    define("Visit", cache_subject=NEVER_CACHED)
    [warning] = checks.each_model_declares_its_subject()
    assert warning.id == "core.W052"
    assert "articles.Poll" in warning.msg
    assert 'cache_subject = "articles"' in str(warning.hint)


def test_a_packages_models_are_declared_by_app_or_by_model(registry: Apps) -> None:
    poll, visit = define("Poll"), define("Visit", cache_subject="articles")
    declare("articles", "polls")
    assert (subject_of(poll), subject_of(visit)) == ("polls", "articles")
    declare("articles.Visit", NEVER_CACHED)
    assert subject_of(visit) == NEVER_CACHED
    assert names() == {"polls"}


def test_undeclared_unmanaged_model_is_unknown(registry: Apps) -> None:
    unmanaged = type("Meta", (), {"app_label": "articles", "managed": False})
    define("Newest", Meta=unmanaged)
    assert table("articles_newest") is None


def test_a_database_whose_writes_are_not_seen_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.each_database_tracks_writes() == []
    stock = {"default": connection.copy()}
    monkeypatch.setattr(checks, "TrackedConnection", ())
    monkeypatch.setattr(checks, "connections", stock)
    [warning] = checks.each_database_tracks_writes()
    assert warning.id == "core.W053"


@pytest.mark.django_db
def test_check_finds_nothing_on_this_site() -> None:
    call_command("check", fail_level="WARNING")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("attributes", "is_kept"),
    [({}, False), ({"cache_subject": "polls"}, False), ({"cache_subject": NEVER_CACHED}, True)],
    ids=["undeclared", "declared", "never cached"],
)
def test_a_write_outdates_pages_unless_none_shows_the_model(
    site: Site,
    article: Article,
    registry: Apps,
    attributes: dict[str, str],
    is_kept: bool,
) -> None:
    poll = define("Poll", question=models.CharField(max_length=20), **attributes)
    with connection.schema_editor() as editor:
        editor.create_model(poll)
    try:
        site.get("/")
        assert site.get("/").is_hit
        poll._default_manager.create(question="Which?")
        assert site.get("/").is_hit is is_kept
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(poll)


@pytest.mark.django_db(transaction=True)
def test_a_subject_of_its_own_leaves_the_others_alone(registry: Apps) -> None:
    poll = define("Poll", cache_subject="polls")
    with connection.schema_editor() as editor:
        editor.create_model(poll)
    try:
        shared = generations()
        before = shared.read(bit("articles")), shared.read(bit("polls"))
        poll._default_manager.create()
        assert shared.read(bit("articles")) == before[0]
        assert shared.read(bit("polls")) != before[1]
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(poll)
