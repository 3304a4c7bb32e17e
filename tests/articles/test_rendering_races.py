"""Editors, readers and the command write the same rows at the same time."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import StringIO
from random import Random
from threading import Event

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from articles.lazy_rendering import store_lock, up_to_date
from articles.models import OUTDATED, Article
from articles.models import article as article_module
from articles.rendering import outdated
from articles.rerendering import Result, batches, rerender
from core.markdown import VERSION, render
from tests.articles.outdated_rows import make_outdated
from tests.factories import make_user

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        settings.DATABASES["default"]["ENGINE"] != "core.mysql_pool",
        reason="runs in the pass on MariaDB",
    ),
]


@pytest.fixture(autouse=True)
def no_pause():
    store_lock.forget()


def closing(do: Callable[[], object]) -> Callable[[], object]:
    """Wraps a function for a thread, whose connection is closed at the end."""

    def run() -> object:
        try:
            return do()
        finally:
            connection.close()

    return run


def command(old: Article) -> object:
    return [outcome.result for outcome in rerender([old.pk])]


def reader(old: Article) -> object:
    return up_to_date(Article.objects.get(pk=old.pk)).rendered_by


@pytest.mark.parametrize(("who", "result"), [(command, [Result.CHANGED]), (reader, VERSION)])
def test_edit_during_a_rendering_wins(who, result, monkeypatch):
    old = make_outdated(make_user())
    begun, edited = Event(), Event()

    def slow(text: str, **options: bool) -> str:
        if text == old.body:
            begun.set()
            assert edited.wait(30)
        return render(text, **options)

    monkeypatch.setattr(article_module, "render", slow)
    with ThreadPoolExecutor(1) as pool:
        rendering = pool.submit(closing(lambda: who(old)))
        assert begun.wait(30)
        article = Article.objects.get(pk=old.pk)
        article.body = "AS **NOW**."  # the same to a collation
        article.save()
        edited.set()
        assert rendering.result(30) == result
    row = Article.objects.get()
    assert (row.body, row.body_html) == ("AS **NOW**.", render("AS **NOW**."))
    assert row.updated_at == article.updated_at


def test_two_runs_at_once_render_each_article_once():
    alice = make_user()
    for _ in range(40):
        make_outdated(alice)
    keys = batches()

    def run() -> list[Result]:
        return [outcome.result for batch in keys for outcome in rerender(batch)]

    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(closing(run)) for _ in range(2)]
        results = [result for each in runs for result in each.result(60)]
    assert results.count(Result.RENDERED) == 40
    assert not outdated().exists()


@pytest.mark.soak
def test_concurrent_renderings_store_the_html_of_their_own_text():
    """For 20 seconds, on the six connections of a pool: two editors, a reader, the command, and
    a thread that makes rows outdated."""
    alice = make_user()
    keys = [make_outdated(alice).pk for _ in range(12)]
    end = time.monotonic() + 20
    saved: dict[int, list[str]] = {key: [] for key in keys}

    def edit(own: list[int], random: Random) -> None:
        article = Article.objects.get(pk=random.choice(own))
        article.body, article.breaks = f"*{random.random()}*\nx", random.random() < 0.5
        article.save()
        saved[article.pk].append(article.body)

    def read(random: Random) -> None:
        article = up_to_date(Article.objects.get(pk=random.choice(keys)))
        assert article.body_html == render(article.body, breaks=article.breaks)

    def run(random: Random) -> None:
        with suppress(CommandError):  # an editor may hold a row at both tries
            call_command("rerender_articles", verbosity=0, stdout=StringIO(), stderr=StringIO())

    def spoil(random: Random) -> None:
        Article.objects.filter(pk=random.choice(keys)).update(
            body_html="", excerpt="", rendered_by=OUTDATED
        )
        time.sleep(random.uniform(0, 0.01))

    def again(do: Callable[[Random], None], seed: int) -> Callable[[], object]:
        def repeat() -> None:
            random = Random(seed)
            while time.monotonic() < end:
                do(random)

        return closing(repeat)

    editors = [lambda random, at=at: edit(keys[at::2], random) for at in range(2)]
    work = [*editors, read, run, spoil]
    with ThreadPoolExecutor(len(work)) as pool:
        for each in [pool.submit(again(do, seed)) for seed, do in enumerate(work)]:
            each.result(120)
    run(Random())
    rows = {row.pk: row for row in Article.objects.all()}
    for key in keys:
        row = rows[key]
        assert row.body_html == render(row.body, breaks=row.breaks)
        assert row.rendered_by == VERSION
        assert row.body == saved[key][-1]  # each has one editor
