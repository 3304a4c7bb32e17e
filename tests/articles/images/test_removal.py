"""A picture stays as long as an article uses it."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from importlib import import_module
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client, TestCase
from django.utils import timezone

from accounts.models import User
from articles.images import removal, storing
from articles.images.removal import KEPT_FOR, purge_images
from articles.images.storing import store_image
from articles.models import Article, Image, ImageUse, LooseFile, Page, WorkingCopy
from articles.revisions import keep_refused
from articles.trash import purge_trash
from tests.articles.images.corpus import picture
from tests.factories import make_article

pytestmark = pytest.mark.django_db
OLD = KEPT_FOR + timedelta(minutes=1)


@pytest.fixture
def image(alice: User) -> Image:
    """It was uploaded 30 days ago and a minute."""
    found = store_image(alice.pk, BytesIO(picture("JPEG", (1000, 500))), "x")
    Image.objects.update(unused_since=timezone.now() - OLD)
    return found


def purge() -> int:
    with TestCase.captureOnCommitCallbacks(execute=True):
        return sum(purge_images())


def files(media: Path) -> list[Path]:
    return [*media.glob("*/*")]


def trashed(article: Article) -> None:
    Article.objects.filter(pk=article.pk).update(status="trashed", trashed_at=timezone.now() - OLD)


def test_unused_picture_goes_after_thirty_days_and_not_before(image: Image, media: Path) -> None:
    Image.objects.update(unused_since=timezone.now() - KEPT_FOR + timedelta(minutes=1))
    assert purge() == 0 and len(files(media)) == 3
    Image.objects.update(unused_since=timezone.now() - OLD)
    assert purge() == 1 and not files(media)


def test_used_picture_stays(alice: User, image: Image, media: Path) -> None:
    make_article(alice, status="draft", body=f"Text\n\n![x]({image.address} 'Caption')")
    assert purge() == 0 and len(files(media)) == 3


def test_picture_goes_with_the_last_article_that_uses_it(
    alice: User, bob: User, image: Image, media: Path
) -> None:
    articles = [make_article(user, body=f"![x]({image.address})") for user in (alice, bob)]
    for article, left in zip(articles, (3, 0), strict=True):
        trashed(article)
        with TestCase.captureOnCommitCallbacks(execute=True):
            assert sum(purge_trash()) == 1
        assert len(files(media)) == left


def test_picture_of_an_unsaved_text_stays(alice: User, image: Image) -> None:
    copy = WorkingCopy(author=alice, window="w", sequence=1, body=f"![x]({image.address})")
    copy.save()
    assert purge() == 0
    copy.delete()
    assert purge() == 1


def test_picture_of_a_page_stays_and_is_listed(
    alice: User, alice_client: Client, image: Image
) -> None:
    page = Page(slug="imprint", language="en", title="Our imprint", body="![x](/x.png)")
    page.save()
    page.body = f"![x]({image.address})"
    page.save()
    assert purge() == 0
    shown = alice_client.get("/articles/mine/images/").content.decode()
    assert '<a href="/pages/imprint/">Our imprint</a>' in shown and "/delete/" not in shown
    page.body = "None."
    page.save()
    shown = alice_client.get("/articles/mine/images/").content.decode()
    assert "Our imprint" not in shown and "of other authors" not in shown
    page.delete()
    assert purge() == 1


def test_article_in_the_trash_keeps_its_pictures(alice: User, image: Image, media: Path) -> None:
    article = make_article(alice, body=f"![x]({image.address})")
    trashed(article)
    assert purge() == 0 and len(files(media)) == 3


def test_article_comes_back_from_the_trash_with_its_pictures(
    alice: User, alice_client: Client, image: Image
) -> None:
    article = make_article(alice, body=f"![x]({image.address})")
    alice_client.post(f"/articles/{article.pk}/delete/")
    assert purge() == 0
    alice_client.post(f"/articles/{article.pk}/recover/")
    assert f'src="{image.address}"' in alice_client.get(article.get_absolute_url()).content.decode()
    assert alice_client.get(image.address).getvalue().startswith(b"\xff\xd8\xff")


def test_picture_that_a_revision_shows_stays_until_it_is_thinned(
    alice: User, alice_client: Client, image: Image, media: Path
) -> None:
    article = make_article(alice, body=f"![x]({image.address})")
    form = {"title": "T", "body": "Without it.", "tags": "", "summary": ""}
    form["seen"] = article.updated_at.isoformat()
    assert alice_client.post(f"/articles/{article.pk}/edit/", form).status_code == 302
    assert purge() == 0
    assert "in its history only" in alice_client.get("/articles/mine/images/").content.decode()
    article.revisions.all().delete()
    assert purge() == 0 and Image.objects.exists()  # its 30 days begin now
    Image.objects.update(unused_since=timezone.now() - OLD)
    assert purge() == 1 and not files(media)


def test_author_deletes_a_picture_that_only_the_history_shows(
    alice: User, alice_client: Client, image: Image, media: Path
) -> None:
    article = make_article(alice, body=f"![x]({image.address})")
    path = f"/articles/mine/images/{image.pk}/delete/"
    assert "was not deleted" in alice_client.post(path, follow=True).content.decode()
    assert Image.objects.exists()
    article.body = "Without it."
    article.save(update_fields=["body"])
    with TestCase.captureOnCommitCallbacks(execute=True):
        alice_client.post(path)
    assert not Image.objects.exists() and not files(media)


def test_restored_text_uses_its_picture_again(
    alice: User, alice_client: Client, image: Image, media: Path
) -> None:
    article = make_article(alice, body=f"![x]({image.address})")
    form = {"title": "T", "body": "Without it.", "tags": "", "summary": ""}
    form["seen"] = article.updated_at.isoformat()
    alice_client.post(f"/articles/{article.pk}/edit/", form)
    first = article.revisions.earliest("pk")
    alice_client.post(f"/articles/{article.pk}/history/{first.pk}/restore/")
    assert image.uses.get().in_text


def test_upload_of_the_same_file_begins_the_thirty_days_anew(alice: User, image: Image) -> None:
    assert store_image(alice.pk, BytesIO(picture("JPEG", (1000, 500))), "y") == image
    assert purge() == 0


def test_upload_of_the_same_file_during_the_job_keeps_the_picture(
    alice: User, image: Image, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = removal.batches

    def meanwhile(keys: Iterable[int]) -> Iterator[list[int]]:
        for batch in found(keys):
            store_image(alice.pk, BytesIO(picture("JPEG", (1000, 500))), "y")
            yield batch

    monkeypatch.setattr(removal, "batches", meanwhile)
    assert purge() == 0 and len(files(media)) == 3


def test_picture_of_a_refused_text_stays_with_its_revision(alice: User, image: Image) -> None:
    article = make_article(alice)
    texts = {"title": "T", "body": f"![x]({image.address})", "summary": "", "tags": ""}
    keep_refused(article.pk, alice, texts | {"breaks": False})
    assert purge() == 0
    article.revisions.all().delete()
    assert purge() == 0 and not image.uses.exists()


def test_job_passes_over_a_picture_that_is_deleted_meanwhile(alice: User, image: Image) -> None:
    use = ImageUse.objects.create(article=make_article(alice), image=image, in_text=False)
    image.delete()
    removal.forget(use)
    assert not ImageUse.objects.exists()


def test_migration_notes_pictures_of_earlier_pages_and_refused_texts(
    alice: User, image: Image
) -> None:
    text, article = f"![x]({image.address})", make_article(alice)
    page = Page(slug="imprint", language="en", title="Our imprint", body=text)
    page.save()
    keep_refused(article.pk, alice, {"title": "T", "body": text, "breaks": False})
    ImageUse.objects.all().delete()
    migration = import_module("articles.migrations.0014_image_use_on_page")
    migration.note_earlier_uses(apps, SimpleNamespace(connection=connection))
    uses = ImageUse.objects.filter(image=image).values_list("page", "article", "in_text")
    assert {*uses} == {(page.pk, None, True), (None, article.pk, False)}


def interrupt() -> NoReturn:
    raise KeyboardInterrupt


def test_files_of_a_killed_upload_are_deleted_after_a_day(
    alice: User, image: Image, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.objects.update(unused_since=timezone.now())
    with (
        monkeypatch.context() as killed,
        pytest.raises(KeyboardInterrupt),
    ):
        killed.setattr(storing, "insert", lambda *args: interrupt())
        store_image(alice.pk, BytesIO(picture("PNG", (1000, 500))), "x")
    assert len(files(media)) == 6 and purge() == 0
    LooseFile.objects.update(since=timezone.now() - timedelta(days=1))
    assert purge() == 1 and len(files(media)) == 3
    assert not LooseFile.objects.exists()


def test_files_of_a_killed_deletion_are_deleted_after_a_day(image: Image, media: Path) -> None:
    assert sum(purge_images()) == 1  # the test's transaction calls nothing after its commit
    LooseFile.objects.update(since=timezone.now() - timedelta(days=1))
    assert len(files(media)) == 3 and purge() == 1 and not files(media)


def test_files_of_another_database_in_the_same_folder_stay(image: Image, media: Path) -> None:
    Image.objects.all().delete()
    assert purge() == 0 and len(files(media)) == 3


def test_account_that_is_deleted_leaves_pictures_that_are_used(
    alice: User, bob: User, image: Image
) -> None:
    make_article(bob, body=f"![x]({image.address})")
    alice.delete()
    assert Image.objects.get().owner is None and purge() == 0
