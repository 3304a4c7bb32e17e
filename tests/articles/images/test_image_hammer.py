"""Two authors with the same picture upload, save, delete and purge at once; none is lost."""

import random
import threading
import time
import traceback
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from accounts.models import User
from articles.images import removal
from articles.images.picture_files import file_names
from articles.images.removal import delete_unused, purge_images
from articles.images.storing import store_image
from articles.images.uses import names_in
from articles.models import Article, Image, LooseFile
from articles.revisions import recorded
from articles.trash import purge
from core.db.deadlock_retry import retry_deadlocks
from tests.articles.images.corpus import picture
from tests.factories import make_article

pytestmark = [
    pytest.mark.soak,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        settings.DATABASES["default"]["ENGINE"] != "core.mysql_pool",
        reason="runs in the pass on MariaDB",
    ),
]
SECONDS = 20
PICTURES = [picture("PNG", (20 + each, 10)) for each in range(3)]


class Author:
    """One thread of an author; it alone saves its article."""

    def __init__(self, user: User) -> None:
        self.user, self.article = user, make_article(user)
        self.random = random.Random(user.pk)

    def upload(self) -> None:
        store_image(self.user.pk, BytesIO(self.random.choice(PICTURES)), "x")

    def save(self) -> None:
        """A text with any pictures, of the other author too; or with none."""
        names = list(Image.objects.values_list("name", flat=True))
        chosen = self.random.sample(names, self.random.randint(0, len(names)))
        self.article.body = "Text. " + " ".join(f"![x](/media/{name})" for name in chosen)

        def attempt() -> None:
            with recorded(self.article, self.user):
                self.article.save(update_fields=["body"])

        retry_deadlocks(attempt)

    def delete(self) -> None:
        keys = list(Image.objects.filter(owner=self.user).values_list("pk", flat=True))
        retry_deadlocks(lambda: delete_unused(keys, shown_in_history=True))

    def replace_article(self) -> None:
        pk = self.article.pk
        self.article = make_article(self.user)
        Article.objects.filter(pk=pk).update(status="trashed")
        retry_deadlocks(lambda: purge([pk]))


def job() -> None:
    sum(purge_images())


def test_pictures_of_two_authors_survive_exactly_while_they_are_used(
    alice: User, bob: User, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "KEPT_FOR", timedelta(0))
    authors = [Author(user) for user in (alice, bob, alice, bob)]
    failures, end = list[str](), time.monotonic() + SECONDS

    def run(*steps: Callable[[], None]) -> None:
        chosen = random.Random(len(steps))
        try:
            while time.monotonic() < end and not failures:
                chosen.choice(steps)()
        except BaseException:
            failures.append(traceback.format_exc())
        finally:
            connection.close()

    steps = [[each.upload, each.save, each.delete, each.replace_article] for each in authors]
    threads = [threading.Thread(target=run, args=each) for each in (*steps, [job], [job])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, "\n".join(failures)
    assert_consistent(media)
    Article.objects.update(status="trashed")
    purge(list(Article.with_trashed.values_list("pk", flat=True)))
    job()
    assert not Image.objects.exists() and not [*media.glob("*/*")]


def assert_consistent(media: Path) -> None:
    """Each use is noted, and there are the files of all pictures, and no others."""
    names = {image.name: image.width for image in Image.objects.all()}
    for article in Article.objects.all():
        shown = set(names_in(article.body)) & names.keys()
        noted = article.image_uses.filter(in_text=True).values_list("image__name", flat=True)
        assert shown == {*noted}
    expected = {each for name, width in names.items() for each in file_names(name, width)}
    assert not LooseFile.objects.exists()
    assert {path.name for path in media.glob("*/*")} == expected
