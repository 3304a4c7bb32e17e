"""The search index has what the articles have, whichever way they are written."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import NotSupportedError, transaction

from accounts.models import User
from articles.management.commands import rebuild_search
from articles.models import Article, SearchText
from articles.search import search_checks, search_index
from articles.search.search_query import parse_query
from tests.factories import make_article

pytestmark = pytest.mark.django_db(transaction=True)  # MySQL finds what is committed


def found(query: str) -> list[str]:
    articles = Article.objects.filter(search_text__tokens__matches=parse_query(query))
    return sorted(articles.values_list("title", flat=True))


def test_saved_and_deleted_article(alice: User) -> None:
    article = make_article(alice, title="Pools", body="Threads *share* 连接池.")
    assert found("share 连接") == ["Pools"]
    article.body = "Nothing of the kind."
    article.save(update_fields=["body"])
    assert (found("share"), found("kind")) == ([], ["Pools"])
    article.delete()
    assert found("kind") == []
    assert not SearchText.objects.exists()


def test_update_and_bulk_methods(alice: User) -> None:
    first = make_article(alice, title="One")
    articles = Article.objects.filter(title="One")
    articles.update(title="Two")  # after which the filter matches nothing
    assert (found("one"), found("two")) == ([], ["Two"])
    first.refresh_from_db()
    first.title = "Three"
    Article.objects.bulk_update([first], ["title"])
    assert (found("two"), found("three")) == ([], ["Three"])
    Article.objects.bulk_create([Article(author=alice, title="Four", body="x", body_html="<p>y")])
    assert (found("four"), found("y")) == (["Four"], ["Four"])
    with pytest.raises(NotSupportedError):
        Article.objects.bulk_create([first], update_conflicts=True, update_fields=["title"])


def test_failed_transaction_leaves_the_index_as_it_was(article: Article) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Article.objects.update(title="Changed")
        raise ZeroDivisionError
    assert (found("changed"), found("first")) == ([], [article.title])


def test_fixture_is_indexed(article: Article, tmp_path: Path) -> None:
    file = tmp_path / "articles.json"
    call_command("dumpdata", "accounts.user", "articles.article", output=str(file))
    SearchText.objects.all().delete()
    call_command("loaddata", str(file), verbosity=0)
    assert found("first") == [article.title]


def test_rebuilding(article: Article, capsys: pytest.CaptureFixture[str]) -> None:
    assert search_checks.articles_are_indexed(databases=["default"]) == []
    SearchText.objects.all().delete()
    (warning,) = search_checks.articles_are_indexed(databases=["default"])
    assert warning.id == "articles.W003"
    search_checks.after_migrate("default", 1)
    assert search_checks.COMMAND in capsys.readouterr().err
    for arguments, line in [([], "1 article "), ([], "0 articles"), (["--all"], "1 article ")]:
        call_command("rebuild_search", *arguments)
        assert line in capsys.readouterr().out
        assert found("first") == [article.title]


def test_interrupted_rebuilding_goes_on(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        make_article(alice, title=f"Pool {number}")
    monkeypatch.setattr(search_index, "BATCH", 2)
    batches = rebuild_search.index_batch
    done: list[list[int]] = []

    def interrupted(keys: list[int]) -> int:
        if done:
            raise KeyboardInterrupt
        done.append(keys)
        return batches(keys)

    monkeypatch.setattr(rebuild_search, "index_batch", interrupted)
    with pytest.raises(CommandError, match=r"Interrupted.*2 articles are indexed"):
        call_command("rebuild_search", "--all")
    assert SearchText.objects.outdated().count() == 1
    assert len(found("pool")) == 3
