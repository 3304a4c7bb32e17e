"""Each defect of django-cachalot 2.9.1 as a case that runs on it and on the site's own cache.

Each says `fresh` or `stale`; begin() comes before each.
"""

import os
import pickle
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.db import OperationalError, connection, transaction
from django.db.models import Exists, OuterRef, Value

from articles.models import Article, Tag

OLD, NEW = "old", "new"
PROCESSES = "SELECT id FROM information_schema.processlist WHERE info LIKE %s"
WAITING = "UPDATE%articles_tag%"  # apart from it, or cachalot would take the question for a write


def name() -> str:
    return Tag.objects.get(slug="tag").name


def rename(to: str) -> None:
    Tag.objects.filter(slug="tag").update(name=to)


@contextmanager
def meanwhile(call: Callable[[], object]) -> Iterator[None]:
    """In a thread with a connection of its own, until the block's end."""

    def run() -> None:
        try:
            call()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    yield
    thread.join()


def at_once(call: Callable[[], object]) -> None:
    with meanwhile(call):
        pass


def verdict() -> str:
    [(said,)] = rows("SELECT name FROM articles_tag WHERE slug = 'tag'")
    return "fresh" if name() == said else "stale"


def rows(sql: str, *params: object) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def a_writer_that_waits_for_a_row() -> str:
    """cachalot invalidates before the statement of an autocommit write, and never after it."""
    name()
    with ExitStack() as until_written, transaction.atomic():  # its commit lets the writer go on
        Tag.objects.select_for_update().get(slug="tag")
        until_written.enter_context(meanwhile(lambda: rename(NEW)))
        while not rows(PROCESSES, WAITING):
            pass
        at_once(name)
    return verdict()


def a_reader_that_is_slow() -> str:
    """cachalot stamps an answer when it stores it, not when it asked."""

    def slow(execute: Any, *args: Any) -> Any:
        answer = execute(*args)  # its rows are here; now the writer commits

        def write() -> None:
            with transaction.atomic():
                rename(NEW)

        at_once(write)
        return answer

    def read() -> None:
        connection.ensure_connection()  # its own statements are none to be slow about
        with connection.execute_wrapper(slow):
            name()

    at_once(read)
    return verdict()


def a_transaction_that_only_reads() -> str:
    """cachalot publishes at commit what was read within, over what was written meanwhile."""
    with transaction.atomic():
        name()
        at_once(lambda: rename(NEW))
        at_once(name)
    return verdict()


def a_transaction_that_could_not_begin() -> str:
    """cachalot keeps a level for it: the thread reads from that for ever."""
    connect, connection.connect = connection.connect, refuse  # type: ignore[method-assign]
    connection.close()
    with suppress(OperationalError), transaction.atomic():
        pass
    connection.connect = connect  # type: ignore[method-assign]
    name()
    at_once(lambda: rename(NEW))
    return verdict()


def refuse() -> None:
    raise OperationalError("no connection to be had")


def one_and_the_text_one() -> str:
    def ask(value: object) -> object:
        return Tag.objects.annotate(one=Value(value)).values_list("one", flat=True).get()

    return "fresh" if [ask(1), ask("1")] == [1, "1"] else "stale"


def a_list_and_whether_there_is_one() -> str:
    Tag.objects.order_by().exists()
    ones = Tag.objects.annotate(a=Value(1)).order_by().values_list("a")[:1]
    with suppress(TypeError):
        return "fresh" if list(ones) == [(1,)] else "stale"
    return "stale"


def an_order_by_another_table() -> str:
    tagged = Exists(Tag.objects.filter(articles=OuterRef("pk")))

    def order() -> list[int]:
        return [each.pk for each in Article.objects.order_by(tagged, "pk")]

    before = order()
    Article.objects.get(pk=before[0]).tags.add(Tag.objects.get(slug="tag"))
    return "fresh" if order() != before else "stale"


def a_transaction_by_hand() -> str:
    name()
    transaction.set_autocommit(False)
    rename(NEW)
    at_once(name)
    transaction.commit()
    transaction.set_autocommit(True)
    return verdict()


class Bomb:
    def __reduce__(self) -> Any:
        return open, (os.environ["BOOM"], "w")


def a_bomb_in_redis() -> str:
    """cachalot unpickles what it finds there; the site keeps no result in Redis."""
    name()
    redis: Any = caches["default"].client.get_client()  # type: ignore[attr-defined]
    for key in [*redis.scan_iter()]:
        redis.set(key, pickle.dumps(Bomb()), ex=60)
    with suppress(Exception):
        name()
    return "stale" if Path(os.environ["BOOM"]).exists() else "fresh"


CASES = [
    a_writer_that_waits_for_a_row, a_reader_that_is_slow, a_transaction_that_only_reads,
    a_transaction_that_could_not_begin, one_and_the_text_one, a_list_and_whether_there_is_one,
    an_order_by_another_table, a_transaction_by_hand, a_bomb_in_redis,
]  # fmt: skip


def begin() -> None:
    """The same rows and empty caches before each case."""
    from accounts.models import User

    caches[settings.CACHALOT_CACHE].clear()
    Article.objects.all().delete()
    Tag.objects.all().delete()
    alice, _ = User.objects.get_or_create(username="alice_writes")
    Tag.objects.create(name=OLD, slug="tag")
    Tag.objects.filter(name=OLD).update(slug="tag")
    for title in ("One", "Two"):
        Article.objects.create(author=alice, title=title, body="Text.", status="published")
    caches[settings.CACHALOT_CACHE].clear()
