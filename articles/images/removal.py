"""Deletes pictures that no text uses, saved or not, and files that belong to no picture.

Guarantees: the row of a picture is locked while its uses are looked for, so none is deleted that an
article has begun to use; its files are deleted after the commit.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from articles.images.storing import delete_loose
from articles.models import Image, ImageUse, LooseFile, Revision, WorkingCopy
from core.db.deadlock_retry import retry_deadlocks

KEPT_FOR = timedelta(days=30)
BATCH = 50
T = TypeVar("T")
LEFT_OVER = timedelta(days=1)  # after which a file without a row belongs to no running upload


def purge_images() -> Iterator[int]:
    """The job: yields the number of deleted pictures, or files without one, of each batch."""
    yield from (forget_history(each) for each in batches(uses_in_history()))
    until = timezone.now() - KEPT_FOR
    unused = ~Exists(ImageUse.objects.filter(image=OuterRef("pk")))
    due = Image.objects.filter(unused, unused_since__lte=until).order_by("pk")
    keys = due.values_list("pk", flat=True)
    for each in batches(keys):
        yield retry_deadlocks(partial(delete_unused, each, until=until))
    yield from delete_loose_files()


def batches(things: Iterable[T]) -> Iterator[list[T]]:
    found = list(things)
    for start in range(0, len(found), BATCH):
        yield found[start : start + BATCH]


def uses_in_history() -> Iterable[int]:
    return ImageUse.objects.filter(in_text=False).order_by("pk").values_list("pk", flat=True)


def forget_history(keys: list[int]) -> int:
    """Deletes the uses whose picture no revision of the article shows any more."""
    for use in ImageUse.objects.filter(pk__in=keys):
        retry_deadlocks(partial(forget, use))
    return 0


@transaction.atomic
def forget(use: ImageUse) -> None:
    image = Image.objects.select_for_update().filter(pk=use.image_id).first()
    if image is None:  # deleted meanwhile, with its uses
        return
    # Looked for after the lock, which a refused text holds until its revision is committed.
    if Revision.objects.filter(article__image_uses=use, body__contains=image.address).exists():
        return
    if ImageUse.objects.filter(pk=use.pk, in_text=False).delete()[0]:
        image.unused_since = timezone.now()
        image.save(update_fields=["unused_since"])


@transaction.atomic
def delete_unused(
    keys: Iterable[int], shown_in_history: bool = False, until: datetime | None = None
) -> int:
    """Deletes those of the pictures that no article uses, and returns their number.

    With `shown_in_history` also those that only revisions show; with `until` only those that have
    not been uploaded again since.
    """
    rows = Image.objects.select_for_update().filter(pk__in=list(keys)).order_by("pk")
    rows = rows.filter(unused_since__lte=until) if until else rows
    images = {image.pk: image for image in rows}
    uses = ImageUse.objects.filter(image__in=images)
    uses = uses.filter(in_text=True) if shown_in_history else uses
    for pk in uses.values_list("image", flat=True):
        images.pop(pk, None)
    for pk in shown_in_unsaved_texts(images):
        images.pop(pk)
    loose = [LooseFile(name=image.name, width=image.width) for image in images.values()]
    LooseFile.objects.bulk_create(loose)
    Image.objects.filter(pk__in=images).delete()
    names = [each.name for each in loose]
    transaction.on_commit(lambda: delete_named(names), robust=True)
    return len(images)


def shown_in_unsaved_texts(images: dict[int, Image]) -> list[int]:
    copies = WorkingCopy.objects.all()
    return [pk for pk, each in images.items() if copies.filter(body__contains=each.name).exists()]


def delete_named(names: list[str]) -> None:
    for loose in LooseFile.objects.filter(name__in=names):
        delete_loose(loose)


def delete_loose_files() -> Iterator[int]:
    """Deletes the files of uploads and deletions that were killed."""
    for loose in LooseFile.objects.filter(since__lte=timezone.now() - LEFT_OVER):
        delete_loose(loose)
        yield 1
