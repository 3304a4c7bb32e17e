from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from core.cli.console import say
from core.cli.watch import Watching
from core.monitoring.cache_report import as_lines, as_tables, status


class Command(Watching):
    look = staticmethod(status)
    as_table = staticmethod(as_tables)
    as_lines = staticmethod(as_lines)

    def create_parser(self, *args: Any, **kwargs: Any) -> CommandParser:
        self.help = _(
            "Show what the caches of the site's running processes on this host have answered, "
            "with what ended processes have counted: whole pages for strangers, ORM results in "
            "Redis, users and other values in memory, results of functions; then the link to "
            "other hosts, and whether Redis is being asked. A table on a terminal, lines of "
            "name=value in a pipe. Nothing "
            "is emptied; that is done in the admin. Exits 1 when RUN_DIR cannot be used; no "
            "running process is no error."
        )
        return super().create_parser(*args, **kwargs)

    def remark(self, found: Any) -> None:
        if not any(row["processes"] for rows in found.values() for row in rows):
            say(self.stderr, _("No process of this site that caches runs on this host."))
