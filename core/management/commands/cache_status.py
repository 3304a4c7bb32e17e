import json
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from rich.console import Console
from rich.live import Live

from core.cache_status import as_lines, as_tables, status
from core.console import say
from core.management.commands.pool_status import seconds


class Command(BaseCommand):
    requires_system_checks: list[str] = []  # it is for moments when something is wrong

    def create_parser(self, *args: Any, **kwargs: Any) -> CommandParser:
        self.help = _(
            "Show what the caches of the site's running processes on this host have answered, "
            "with what ended processes have counted: whole pages for strangers, ORM results in "
            "Redis, users and other values in memory; then the link to other hosts, and whether "
            "Redis is being asked. A table on a terminal, lines of name=value in a pipe. Nothing "
            "is emptied; that is done in the admin. Exits 1 when RUN_DIR cannot be used; no "
            "running process is no error."
        )
        return super().create_parser(*args, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help=_("one JSON object a line"))
        parser.add_argument(
            "--watch",
            nargs="?",
            type=seconds,
            const=2.0,
            metavar="SECONDS",
            help=_("again every so many seconds (2), until Ctrl-C"),
        )

    def handle(self, *, watch: float | None, **options: Any) -> None:
        try:
            if watch and self.stdout.isatty() and not options["json"]:
                self.redraw(watch)
            self.show(options["json"])
            while watch:
                time.sleep(watch)
                self.show(options["json"])
        except OSError as error:
            message = _("RUN_DIR=%(folder)s cannot be used: %(reason)s.")
            reason = {"folder": settings.RUN_DIR, "reason": error.strerror}
            raise CommandError(message % reason) from None
        except KeyboardInterrupt:
            return

    def redraw(self, pause: float) -> None:
        with Live(console=Console(), auto_refresh=False, screen=True) as screen:
            while True:
                screen.update(as_tables(status()), refresh=True)
                time.sleep(pause)

    def show(self, as_json: bool) -> None:
        found = status()
        if as_json:
            self.stdout.write(json.dumps(found))
        elif self.stdout.isatty():
            Console().print(as_tables(found))
        else:
            self.stdout.writelines(f"{line}\n" for line in as_lines(found))
        self.stdout.flush()
        if not any(row["processes"] for rows in found.values() for row in rows):
            say(self.stderr, _("No process of this site that caches runs on this host."))
