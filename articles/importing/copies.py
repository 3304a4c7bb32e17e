"""Counts new files whose content another account has imported already."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser

from articles.importing.sources import Source
from articles.models import ImportedFile


def count_copies(
    files: Sequence[Source],
    rows: Iterable[ImportedFile],
    author: AbstractBaseUser,
    digest: Callable[[Source], str],
) -> dict[str, int]:
    """Returns the number of such files by the name of the other account."""
    of_others = [row for row in rows if row.article.author_id != author.pk]
    owners = {row.file_digest: row.article.author_id for row in of_others}
    found = Counter(owners[key] for file in files if owners and (key := digest(file)) in owners)
    accounts = get_user_model().objects.in_bulk(list(found)) if found else {}
    return {str(accounts[pk]): count for pk, count in found.items() if pk in accounts}
