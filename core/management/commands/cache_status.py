from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.cli.console import say
from core.cli.watch import WatchCommand
from core.monitoring.cache_report import as_lines, as_tables, status


class Command(WatchCommand):
    help = gettext_lazy(
        """\
Show what the caches of the site's running processes on this host have answered,
including what ended processes have counted: whole pages for anonymous visitors,
ORM results, user rows and other values in memory, results of functions; also the
link to other hosts, and whether Redis is being asked.

Prints a table on a terminal, lines of name=value in a pipe. Clears no cache; the
admin does that. Exits 1 when RUN_DIR cannot be used. If no process runs, the exit
code is 0.
"""
    )
    read = staticmethod(status)
    as_table = staticmethod(as_tables)
    as_lines = staticmethod(as_lines)

    def add_notes(self, found: Any) -> None:
        if not any(row["processes"] for rows in found.values() for row in rows):
            say(self.stderr, _("No process of this site that uses caches runs on this host."))
