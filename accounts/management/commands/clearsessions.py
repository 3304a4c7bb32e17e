from typing import Any

from django.contrib.sessions.management.commands.clearsessions import Command as StockCommand
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import LoginSession
from core.cli.base_command import SiteCommand
from core.cli.console import progress, say_database

AT_ONCE = 500  # rows for which the store is asked in one go


class Command(SiteCommand, StockCommand):
    """Django's command, and the rows of the device lists besides."""

    help = gettext_lazy(  # type: ignore[assignment]  # a str in the stubs of StockCommand
        """\
Remove expired sessions from the database (Redis removes its own), and from the
lists of devices each entry whose session has ended. Safe to run at any time and
to repeat; once a day is enough. Prints how many entries were removed.
"""
    )

    def handle(self, **options: Any) -> None:
        say_database(self.stderr)
        super().handle(**options)
        pks = list(LoginSession.objects.order_by("pk").values_list("pk", flat=True))
        batches = [pks[start : start + AT_ONCE] for start in range(0, len(pks), AT_ONCE)]
        steps = progress(batches, _("Looking at sign-ins"), self.stderr, options["verbosity"])
        count = sum(LoginSession.objects.filter(pk__in=batch).sweep() for batch in steps)
        done = ngettext(
            "%(count)d entry is removed from the lists of devices.",
            "%(count)d entries are removed from the lists of devices.",
            count,
        )
        self.stdout.write(done % {"count": count})
