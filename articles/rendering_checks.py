"""Reports how many articles an older version has rendered, and the command to type.

`migrate` writes it to stderr at its end, `check --database default` warns with articles.W001.
Articles whose text this version refuses are articles.W002: no command can render them.
"""

import sys
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from django.core.management.base import OutputWrapper
from django.db import DatabaseError
from django.utils import translation
from django.utils.translation import ngettext

from articles.rendering import REFUSED, outdated
from core.cli.console import say

COMMAND = "python manage.py rerender_articles"


def count_outdated(using: str) -> int:
    """The number of rows that a run can render; 0 before `migrate` has made their table."""
    try:
        return outdated(using).exclude(rendered_by=REFUSED).count()
    except DatabaseError:
        return 0


def count_refused(using: str) -> int:
    try:
        return outdated(using).filter(rendered_by=REFUSED).count()
    except DatabaseError:
        return 0


@register(Tags.database)
def articles_are_rendered(**kwargs: Any) -> list[CheckMessage]:
    """articles.W001: stored HTML was made by an older version of the renderer."""
    return [
        Warning(
            f"The HTML of {number} article(s) was made by an older version of the renderer.",
            hint=f"Type `{COMMAND}`. Until then each is rendered anew when it is read, and lists "
            "and feeds show the excerpts of the older version. A text over a limit is refused "
            "and named: shorten it and save it in the editor.",
            id="articles.W001",
        )
        for using in kwargs.get("databases") or []
        if (number := count_outdated(using))
    ]


@register(Tags.database)
def articles_are_within_limits(**kwargs: Any) -> list[CheckMessage]:
    """articles.W002: this version refuses a text and keeps the HTML of an older version."""
    return [
        Warning(
            f"The text of {number} article(s) is over a limit: they keep the HTML of an older "
            "version of the renderer.",
            hint=f"`{COMMAND} --dry-run` names them and the limits. Shorten each and save it in "
            "the editor.",
            id="articles.W002",
        )
        for using in kwargs.get("databases") or []
        if (number := count_refused(using))
    ]


def after_migrate(using: str, verbosity: int, **kwargs: Any) -> None:
    """Receiver of post_migrate. `migrate` deactivates translations; this activates one."""
    if verbosity < 1 or not (number := count_outdated(using)):
        return
    with translation.override(settings.LANGUAGE_CODE):
        say(OutputWrapper(sys.stderr), note(number))


def note(number: int) -> str:
    line = ngettext(
        "%(number)d article was rendered by an older version. Type: %(line)s",
        "%(number)d articles were rendered by an older version. Type: %(line)s",
        number,
    )
    return line % {"number": number, "line": COMMAND}
