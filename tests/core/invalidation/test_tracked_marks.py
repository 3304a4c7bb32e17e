"""The mark of a connection's writes: its subjects, its deadline, and its end."""

import gc
import os
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from articles.models import Article, Tag
from core import sql
from core.invalidation.generations import MARK_COUNT, SECOND, generations
from core.invalidation.write_hooks import TrackedConnection
from core.shared_memory.shared_words import locked
from tests.core.invalidation.test_write_hooks import marks, now

pytestmark = pytest.mark.django_db(transaction=True)
sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="MariaDB does not do so")


def marked() -> list[int]:
    """The subjects of each mark."""
    return [generations()._words[at + MARK_COUNT] for at in marks()]


def pass_deadline() -> None:
    """As if the deadline of the only mark had passed, and a reader had looked."""
    [at] = marks()
    generations()._words[at] = 1
    generations().end_expired()
    assert not marks()


def test_all_subjects_of_a_transaction_are_under_its_mark(article: Article) -> None:
    """A worker that is killed during its commit has written both."""
    subjects = generations().mask(["articles", "users"])
    with transaction.atomic():
        Article.objects.update(title="Two")
        User.objects.update(bio="Two")
        assert marked() == [subjects]


def test_statement_after_the_deadline_marks_all_subjects_anew(article: Article) -> None:
    subjects = generations().mask(["articles", "users"])
    with transaction.atomic():
        Article.objects.update(title="Two")
        pass_deadline()
        User.objects.update(bio="Two")
        assert marked() == [subjects]


def test_commit_after_the_deadline_marks_all_subjects_anew(
    article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that is killed after it has committed both."""
    found: list[int] = []
    end = generations().end
    monkeypatch.setattr(
        generations(), "end", lambda mark, mask: (found.extend(marked()), end(mark, mask))
    )
    with transaction.atomic():
        Article.objects.update(title="Two")
        User.objects.update(bio="Two")
        pass_deadline()
    assert found == [generations().mask(["articles", "users"])]


@pytest.mark.parametrize("step", ["statement", "commit", "set_autocommit"])
def test_each_step_of_a_transaction_puts_the_deadline_off(article: Article, step: str) -> None:
    """So a transaction of minutes is under its mark while it commits."""
    words = generations()._words
    transaction.set_autocommit(False)
    try:
        Article.objects.update(title="Two")
        [at] = marks()
        words[at] -= SECOND  # a second has passed
        tracker = cast(TrackedConnection, connection).write_tracker
        tracker.mark = tracker.mark and tracker.mark._replace(deadline=words[at])
        deadlines, end = [words[at]], generations().end
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(generations(), "end", lambda mark, mask: (deadlines.append(words[at]),
                                                                    end(mark, mask)))  # fmt: skip
            if step == "statement":
                sql.fetch_one("SELECT 1 AS one")
                deadlines.append(words[at])
            elif step == "commit":
                transaction.commit()
            else:
                transaction.set_autocommit(True)
        assert deadlines[1] > deadlines[0]
    finally:
        transaction.set_autocommit(True)


@sqlite
def test_failed_commit_leaves_no_mark(article: Article) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        sql.execute("UPDATE articles_article SET author_id = 4711")
    assert not marks()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the pool takes back what threads lose")
def test_garbage_collection_waits_for_no_lock(article: Article) -> None:
    """It may come at any moment: also while the file is being mapped, in the same thread."""

    def lose() -> None:
        transaction.set_autocommit(False)
        Article.objects.update(title="Lost")

    gc.disable()
    try:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(lose).result(20)
        shared = generations()
        with locked(shared._path, patience=1):
            before = marks()
            with ThreadPoolExecutor(1) as pool:
                pool.submit(gc.collect).result(20)
        assert before
        assert not marks()
    finally:
        gc.enable()


def test_thread_that_ends_within_a_transaction_leaves_no_mark(article: Article) -> None:
    def begin() -> None:
        transaction.set_autocommit(False)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE articles_article SET title = 'Undone'")
        assert marks()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(begin).result(20)
    gc.collect()
    assert not marks()


@sqlite
def test_late_write_of_a_thread_that_ends_is_outdated_at_its_deadline() -> None:
    """SQLite commits it when the cursor, which was not closed, is freed."""

    def write() -> None:
        cursor = connection.cursor()
        cursor.execute(
            "INSERT INTO articles_tag (name, slug) VALUES ('a', 'a'), ('b', 'b') RETURNING id"
        )
        cursor.fetchone()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(write).result(20)
    gc.collect()
    assert Tag.objects.count() == 2
    before = now()
    pass_deadline()
    assert now()["articles"] != before["articles"]


def test_forked_child_marks_its_own_writes(article: Article) -> None:
    """It may be forked within a transaction, which its parent announces."""
    with transaction.atomic():
        article.save()
        tracker, [ours] = cast(TrackedConnection, connection).write_tracker, marks()
        if not (pid := os.fork()):
            tracker.before(1)
            os._exit(0 if len(marks()) == 2 else 1)
        assert os.waitpid(pid, 0)[1] == 0
        assert ours in marks()
    [theirs] = marks()  # of a process that has ended
    generations()._words[theirs] = 1  # its deadline has passed
    generations().end_expired()
    assert not marks()
