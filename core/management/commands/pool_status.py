import json
import time
from argparse import ArgumentTypeError
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from rich.console import Console
from rich.live import Live

from core.console import say
from core.mysql_pool.status import Status, as_lines, as_table, status

LONGEST_PAUSE = 86400


class Command(BaseCommand):
    requires_system_checks: list[str] = []  # it is for moments when something is wrong

    def create_parser(self, *args: Any, **kwargs: Any) -> CommandParser:
        self.help = _(
            "Show the connection pools of the site's running processes on this host, their sum "
            "with what ended processes have counted, and the server's own Threads beside it. "
            "Numbers are about a second old. Waits are those of borrowers who found no free "
            "connection; a percentile is the upper bound of its bucket (1, 2.5, 5, 10 ms and so "
            "on). A table on a terminal, lines of name=value in a pipe. Exits 1 when the "
            "database has no pool or RUN_DIR cannot be used; no running process is no error."
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
        if settings.DATABASE["ENGINE"] != "core.mysql_pool":
            raise CommandError(
                _("The database is SQLite, which has no pool. Set DATABASE_URL=mysql://… for one.")
            )
        with suppress(KeyboardInterrupt):
            if watch and self.stdout.isatty() and not options["json"]:
                self.redraw(watch)
            self.show(options["json"])
            while watch:
                time.sleep(watch)
                self.show(options["json"])

    def redraw(self, pause: float) -> None:
        with Live(console=Console(), auto_refresh=False, screen=True) as screen:
            while True:
                screen.update(as_table(looked()), refresh=True)
                time.sleep(pause)

    def show(self, as_json: bool) -> None:
        found = looked()
        if as_json:
            self.stdout.write(json.dumps(found, default=str).replace("Infinity", '"+Inf"'))
        elif self.stdout.isatty():
            Console().print(as_table(found))
        else:
            self.stdout.writelines(f"{line}\n" for line in as_lines(found))
        self.stdout.flush()
        self.remark(found)

    def remark(self, found: Status) -> None:
        if not found["processes"]:
            say(self.stderr, _("No process of this site with a pool runs on this host."))
        if found["foreign_processes"]:
            say(self.stderr, _("Another site uses this RUN_DIR too; its pools are not shown."))
        if found["error"]:
            say(self.stderr, found["error"])


def looked() -> Status:
    try:
        return status()
    except OSError as error:
        message = _("RUN_DIR=%(folder)s cannot be used: %(reason)s.")
        reason = {"folder": settings.RUN_DIR, "reason": error.strerror}
        raise CommandError(message % reason) from None


def seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number <= LONGEST_PAUSE:
        raise ArgumentTypeError(_("give seconds above 0, at most %s") % LONGEST_PAUSE)
    return number
