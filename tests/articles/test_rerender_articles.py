"""rerender_articles, which renders all outdated articles anew."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command, load_command_class
from django.db import OperationalError

from articles import rerendering
from articles.management.commands import rerender_articles
from articles.models import OUTDATED, Article
from articles.models import article as article_module
from articles.rendering import REFUSED, outdated
from articles.rerendering import BATCH, batches, rerender
from core.invalidation.generations import generations
from core.markdown import VERSION
from tests.articles.outdated_rows import make_outdated
from tests.factories import make_article

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(rerendering, "BATCH", 2)


def run(*options: str) -> tuple[str, str]:
    """Returns the line on stdout, and the lines on stderr after the name of the database."""
    out, err = StringIO(), StringIO()
    try:
        call_command("rerender_articles", *options, stdout=out, stderr=err)
    except CommandError as error:
        err.write(f"{error}\n")
    told = [line for line in err.getvalue().splitlines() if not line.startswith("Writing to")]
    return out.getvalue().strip(), "\n".join(told)


def told(total: int, **numbers: int) -> str:
    counts = {"rendered": 0, "changed": 0, "locked": 0, "refused": 0} | numbers
    noun = "article" if total == 1 else "articles"
    return (
        f"{total} outdated {noun}: {counts['rendered']} rendered anew, {counts['changed']} changed "
        f"meanwhile, {counts['locked']} locked, {counts['refused']} refused."
    )


def refuse_long(text: str, **kwargs: Any) -> str:
    """A renderer that refuses texts of more than 100 characters."""
    if len(text) > 100:
        raise ValueError("is longer than 100 characters")
    return f"<p>{text}</p>"


def test_outdated_articles_are_rendered_and_current_ones_left(alice, small_batches):
    current = make_article(alice)
    old = [make_outdated(alice, status=status) for status in ("draft", "published", "hidden")]
    dates = dict(Article.objects.values_list("pk", "updated_at"))
    assert run() == (told(3, rendered=3), "")
    assert not outdated().exists()
    for article in Article.objects.filter(pk__in=[each.pk for each in old]):
        assert ("now" in article.body_html, article.excerpt) == (True, "As now.")
    assert dict(Article.objects.values_list("pk", "updated_at")) == dates
    assert Article.objects.get(pk=current.pk).rendered_by == VERSION


def test_second_run_finds_nothing_to_do(alice):
    make_outdated(alice)
    run()
    assert run() == (told(0), "")


def test_dry_run_reports_the_same_and_writes_nothing(alice, monkeypatch):
    make_outdated(alice)
    make_outdated(alice, body="x" * 101)
    monkeypatch.setattr(article_module, "render", refuse_long)
    out, err = run("--dry-run")
    assert out == "Dry run, nothing was written. " + told(2, rendered=1, refused=1)
    assert "1 article keeps its old HTML." in err
    assert outdated().filter(rendered_by=OUTDATED).count() == 2


def test_refused_text_is_named_and_keeps_its_html(alice, monkeypatch, small_batches):
    articles = [make_outdated(alice, body="x" * length) for length in (1, 101, 2, 102)]
    monkeypatch.setattr(article_module, "render", refuse_long)
    for _ in range(2):  # each run names it again
        out, err = run()
        first, second, end = err.splitlines()
        assert first == f"{articles[1].get_absolute_url()}: is longer than 100 characters"
        assert second.startswith(articles[3].get_absolute_url())
        assert end.startswith("2 articles keep their old HTML. Shorten the refused ones and save")
        assert set(outdated().values_list("rendered_by", flat=True)) == {REFUSED}
    assert out == told(2, refused=2)
    assert set(outdated().values_list("body_html", flat=True)) == {"<p>As **once**.</p>"}


def test_next_run_continues_an_interrupted_one(alice, small_batches, monkeypatch):
    for _ in range(5):
        make_outdated(alice)
    stop_after(monkeypatch, batches=2)
    with pytest.raises(CommandError, match="goes on from here. " + told(4, rendered=4)) as ended:
        call_command("rerender_articles", stdout=StringIO(), stderr=StringIO())
    assert ended.value.returncode == 130
    assert outdated().count() == 1
    monkeypatch.undo()
    assert run() == (told(1, rendered=1), "")


def stop_after(monkeypatch: pytest.MonkeyPatch, batches: int) -> None:
    """Raises KeyboardInterrupt in the batch after this many."""
    done: list[list[int]] = []

    def interrupted(keys: list[int], **options: Any) -> Any:
        if len(done) == batches:
            raise KeyboardInterrupt
        done.append(keys)
        return rerender(keys, **options)

    monkeypatch.setattr(rerender_articles, "rerender", interrupted)


def test_interrupted_run_invalidates_caches_for_stored_rows(alice, small_batches, monkeypatch):
    for _ in range(3):
        make_outdated(alice)
    before = generations().stamp()
    stop_after(monkeypatch, batches=1)
    run()
    assert generations().stamp() != before


def test_run_invalidates_caches_once(alice, small_batches, monkeypatch):
    for _ in range(5):
        make_outdated(alice)
    stamps = set()

    def looking(keys: list[int], **options: Any) -> Any:
        yield from rerender(keys, **options)
        stamps.add(generations().stamp())

    monkeypatch.setattr(rerender_articles, "rerender", looking)
    before = generations().stamp()
    run()
    assert stamps == {before}
    assert generations().stamp() != before


def test_run_without_work_outdates_no_cache(alice):
    make_article(alice)
    before = generations().stamp()
    run()
    run("--dry-run")
    assert generations().stamp() == before


def test_two_runs_at_once_share_the_work(alice, small_batches, monkeypatch):
    for _ in range(4):
        make_outdated(alice)
    keys = batches()
    assert run() == (told(4, rendered=4), "")
    monkeypatch.setattr(rerender_articles, "batches", lambda: keys)  # as before the other
    assert run() == (told(0), "")


def test_article_edited_meanwhile_is_not_overwritten(alice, monkeypatch):
    old = make_outdated(alice)

    def edited_first(rendered: list[Any]) -> Any:
        article = Article.objects.get(pk=old.pk)
        article.body = "Edited."
        article.save()
        return store_all(rendered)

    store_all = rerendering.store_all
    monkeypatch.setattr(rerendering, "store_all", edited_first)
    assert run() == (told(1, changed=1), "")
    row = Article.objects.get()
    assert (row.body, row.body_html, row.rendered_by) == ("Edited.", "<p>Edited.</p>\n", VERSION)


def test_locked_article_is_tried_again_and_named(alice, monkeypatch):
    free, locked = make_outdated(alice), make_outdated(alice)
    monkeypatch.setattr(
        rerendering, "unlocked", lambda keys: [key for key in keys if key == free.pk]
    )
    out, err = run()
    assert out == told(2, rendered=1, locked=1)
    path = locked.get_absolute_url()
    assert err == f"{path}: another connection has locked it\n1 article keeps its old HTML."
    assert Article.objects.get(pk=locked.pk).rendered_by == OUTDATED


def test_database_error_ends_the_run_and_is_not_hidden(alice, monkeypatch):
    make_outdated(alice)

    def fail(keys: list[int]) -> list[int]:
        raise OperationalError(1290, "The server is running with --read-only")

    monkeypatch.setattr(rerendering, "unlocked", fail)
    with pytest.raises(OperationalError, match="--read-only"):
        run()


def test_reading_takes_one_query_for_each_batch(alice, django_assert_num_queries):
    keys = [make_outdated(alice).pk for _ in range(3)]
    with django_assert_num_queries(1):
        list(rerender(keys, dry_run=True))
    assert BATCH > 3


def test_help_describes_the_command():
    command = load_command_class("articles", "rerender_articles")
    text = command.create_parser("manage.py", "rerender_articles").format_help()
    assert "--dry-run" in text and "goes on" in " ".join(text.split())
