"""Reports how many articles search does not find yet, and the command to type.

`migrate` writes it to stderr at its end, `check --database default` warns with articles.W003.
"""

import sys
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from django.core.management.base import OutputWrapper
from django.db import DatabaseError
from django.utils import translation
from django.utils.translation import ngettext

from articles.models import SearchText
from core.cli.console import say

COMMAND = "python manage.py rebuild_search"


def count_unindexed(using: str) -> int:
    """The number of articles to index; 0 before `migrate` has made the table."""
    try:
        return SearchText.objects.db_manager(using).outdated().count()
    except DatabaseError:
        return 0


@register(Tags.database)
def articles_are_indexed(**kwargs: Any) -> list[CheckMessage]:
    """articles.W003: articles are missing in the search index, or an older version made it."""
    return [
        Warning(
            f"{number} article(s) are not in the search index of this version.",
            hint=f"Type `{COMMAND}`. Until then search does not find all that they contain.",
            id="articles.W003",
        )
        for using in kwargs.get("databases") or []
        if (number := count_unindexed(using))
    ]


def after_migrate(using: str, verbosity: int, **kwargs: Any) -> None:
    """Receiver of post_migrate. `migrate` deactivates translations; this activates one."""
    if verbosity < 1 or not (number := count_unindexed(using)):
        return
    with translation.override(settings.LANGUAGE_CODE):
        say(OutputWrapper(sys.stderr), note(number))


def note(number: int) -> str:
    line = ngettext(
        "%(number)d article is not in the search index. Type: %(line)s",
        "%(number)d articles are not in the search index. Type: %(line)s",
        number,
    )
    return line % {"number": number, "line": COMMAND}
