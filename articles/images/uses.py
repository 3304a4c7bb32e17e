"""Notes which pictures an article or a page uses, in the transaction that saves its text.

Guarantees: a picture that a text stored by save() names is not deleted. Its row is locked while the
use is noted, and while `articles.images.removal` looks for uses.
"""

import re

from articles.models.image import Image, ImageUse
from core.markdown.budgets import LINKS
from core.markdown.picture_sizes import FOLDER, NAME

_address = re.compile(FOLDER + NAME)


def names_in(text: str) -> list[str]:
    """The file names of the pictures of this site that a text names, each once."""
    if FOLDER not in text:
        return []
    return list(dict.fromkeys(found[0][len(FOLDER) :] for found in _address.finditer(text)))[:LINKS]


def note_uses(text: str, is_new: bool, **holder: int) -> None:
    """Runs in the transaction that has stored `text`; `holder` is `article_id` or `page_id`."""
    names = names_in(text)
    if is_new and not names:
        return
    uses = ImageUse.objects.filter(**holder)
    found = locked(names)
    uses.exclude(image__in=found).filter(in_text=True).update(in_text=False)
    if found:
        rows = [ImageUse(image_id=pk, **holder) for pk in found]
        ImageUse.objects.bulk_create(rows, ignore_conflicts=True)
        uses.filter(image__in=found, in_text=False).update(in_text=True)


def note_refused_text(article_pk: int, text: str) -> None:
    """The same for a text that only the history of the article has."""
    rows = [
        ImageUse(article_id=article_pk, image_id=pk, in_text=False) for pk in locked(names_in(text))
    ]
    ImageUse.objects.bulk_create(rows, ignore_conflicts=True)


def locked(names: list[str]) -> list[int]:
    """The keys of the pictures with these names, locked in one order for all writers."""
    if not names:
        return []
    found = Image.objects.select_for_update().filter(name__in=names).order_by("pk")
    return list(found.values_list("pk", flat=True))
