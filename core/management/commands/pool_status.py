from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.cli.console import say
from core.cli.watch import WatchCommand
from core.monitoring.pool_report import Status, as_lines, as_table, status


class Command(WatchCommand):
    help = gettext_lazy(
        """\
Show the connection pools of the site's running processes on this host, their sum
(including what ended processes have counted), and the database server's own
Threads figures. Numbers are about a second old. Waits count requests for a
connection that found none free; a percentile is the upper bound of its bucket
(1, 2.5, 5, 10 ms and so on).

Prints a table on a terminal, lines of name=value in a pipe. Exits 1 when the
database has no pool or RUN_DIR cannot be used. If no process runs, the exit code
is 0.
"""
    )
    read = staticmethod(status)
    as_table = staticmethod(as_table)
    as_lines = staticmethod(as_lines)

    def handle(self, **options: Any) -> None:
        if settings.DATABASES["default"]["ENGINE"] != "core.mysql_pool":
            raise CommandError(
                _("The database is SQLite, which has no pool. Set DATABASE_URL=mysql://… for one.")
            )
        super().handle(**options)

    def add_notes(self, found: Status) -> None:
        if not found["processes"]:
            say(self.stderr, _("No process of this site with a pool runs on this host."))
        if found["foreign_processes"]:
            say(self.stderr, _("Another site uses this RUN_DIR too; its pools are not shown."))
        if found["error"]:
            say(self.stderr, found["error"])
