"""Says how many articles an older version has rendered, and what to type.

`migrate` says it on stderr when it ends, `check --database default` as articles.W001.
"""

import sys
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.core.management.base import OutputWrapper
from django.db import DatabaseError
from django.utils.translation import ngettext

from articles.rendering import outdated
from core.console import say

LINE = "python manage.py rerender_articles"


def count(using: str) -> int:
    """How many rows are outdated; 0 before their table is there, which `migrate` makes."""
    try:
        return outdated(using).count()
    except DatabaseError:
        return 0


@register(Tags.database)
def articles_are_rendered(**kwargs: Any) -> list[CheckMessage]:
    """articles.W001: stored HTML was made by an older version of the renderer."""
    return [
        Warning(
            f"The HTML of {number} article(s) was made by an older version of the renderer.",
            hint=f"Type `{LINE}`. Until then each is rendered anew when it is read, and lists "
            "and feeds show the excerpts of the older version.",
            id="articles.W001",
        )
        for using in kwargs.get("databases") or []
        if (number := count(using))
    ]


def after_migrate(using: str, verbosity: int, **kwargs: Any) -> None:
    """Receiver of post_migrate."""
    if verbosity < 1 or not (number := count(using)):
        return
    line = ngettext(
        "%(number)d article was rendered by an older version. Type: %(line)s",
        "%(number)d articles were rendered by an older version. Type: %(line)s",
        number,
    )
    say(OutputWrapper(sys.stderr), line % {"number": number, "line": LINE})
