"""Notes which pictures an article uses, in the transaction that saves its text.

Guarantees: a picture that a stored text names is not deleted. Its row is locked while the use is
noted, and while `articles.images.removal` looks for uses.
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


def note_uses(article_pk: int, text: str, is_new: bool) -> None:
    """Runs in the transaction that has stored `text` as the article's."""
    names = names_in(text)
    if is_new and not names:
        return
    uses = ImageUse.objects.filter(article_id=article_pk)
    named = Image.objects.select_for_update().filter(name__in=names).order_by("pk")
    found = list(named.values_list("pk", flat=True)) if names else []
    uses.exclude(image__in=found).filter(in_text=True).update(in_text=False)
    if found:
        rows = [ImageUse(article_id=article_pk, image_id=pk) for pk in found]
        ImageUse.objects.bulk_create(rows, ignore_conflicts=True)
        uses.filter(image__in=found, in_text=False).update(in_text=True)
