"""Stores an uploaded picture for its author.

Guarantees: the same file uploaded twice by an author is one picture, also at the same moment; the
quota holds, because the author's row is locked while it is compared.
"""

import hashlib
from contextlib import suppress
from typing import IO

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Sum
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.images.decoding import Encoded, encode
from articles.images.picture_files import delete_files, new_name, write_picture
from articles.images.signatures import ImageRefused
from articles.models.image import Image, LooseFile
from core.db.deadlock_retry import retry_deadlocks

FILE = 10 * 1024 * 1024  # bytes


def store_image(owner_pk: int, file: IO[bytes], alt: str) -> Image:
    """Returns the stored picture; that of an earlier upload of the same file gets this `alt`.

    Raises ImageRefused, with a message for the author, decoding_slots.Busy, and OSError if the
    storage cannot be written to.
    """
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    if found := retry_deadlocks(lambda: same_upload(owner_pk, digest, alt)):
        return found
    picture = encode(file)
    loose = LooseFile.objects.create(name=new_name(digest, picture), width=picture.width)
    try:
        write_picture(loose.name, picture)
        image = retry_deadlocks(lambda: insert(owner_pk, loose, digest, picture, alt))
    except (ImageRefused, OSError):
        delete_loose(loose)
        raise
    if image.name != loose.name:  # another request has stored the same file meanwhile
        with suppress(OSError):  # purge_images deletes it later
            delete_loose(loose)
    return image


def delete_loose(loose: LooseFile) -> None:
    delete_files(loose.name, loose.width)
    LooseFile.objects.filter(pk=loose.pk).delete()


@transaction.atomic
def same_upload(owner_pk: int, digest: str, alt: str) -> Image | None:
    found = Image.objects.select_for_update().filter(owner_id=owner_pk, digest=digest).first()
    if found is not None:
        found.alt, found.unused_since = alt, timezone.now()
        found.save(update_fields=["alt", "unused_since"])
    return found


@transaction.atomic
def insert(owner_pk: int, loose: LooseFile, digest: str, picture: Encoded, alt: str) -> Image:
    get_user_model().objects.select_for_update().only("pk").get(pk=owner_pk)
    if found := same_upload(owner_pk, digest, alt):
        return found
    size = len(picture.content) + sum(map(len, picture.smaller.values()))
    check_quota(used_by(owner_pk) + size)
    LooseFile.objects.filter(pk=loose.pk).delete()
    return Image.objects.create(
        owner_id=owner_pk,
        name=loose.name,
        digest=digest,
        width=picture.width,
        height=picture.height,
        size=size,
        alt=alt,
    )


def used_by(owner_pk: int) -> int:
    """The bytes of all pictures of an author."""
    return Image.objects.filter(owner_id=owner_pk).aggregate(bytes=Sum("size"))["bytes"] or 0


def check_quota(size: int) -> None:
    if size > settings.INKPOOL_MEDIA_QUOTA:
        message = _(
            "With this picture yours would have %(size)s; at most %(most)s are allowed. Delete "
            "pictures that you do not use."
        )
        most = filesizeformat(settings.INKPOOL_MEDIA_QUOTA)
        raise ImageRefused(message % {"size": filesizeformat(size), "most": most})
