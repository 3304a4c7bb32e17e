"""The base class of commands that show numbers, once or repeatedly (`watch` around a command).

    class Command(WatchCommand):
        read = staticmethod(status)        returns the numbers of this moment
        as_table, as_lines = …             how they look on a terminal, and in a pipe

Prints a table on a terminal, lines of name=value in a pipe, and with --json one JSON object a
line. Ctrl-C ends --watch without an error. A RUN_DIR that cannot be used is named, exit code 1.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from math import isinf
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from rich.console import Console, RenderableType
from rich.live import Live

from core.cli.base_command import SiteCommand
from core.cli.option_types import allowed

LONGEST_PAUSE = 86400  # seconds


class WatchCommand(SiteCommand):
    help: str | Promise
    requires_system_checks: list[str] = []  # it is of use when something is wrong

    read: Callable[[], Any]  # raises OSError if RUN_DIR cannot be used
    as_table: Callable[[Any], RenderableType]
    as_lines: Callable[[Any], Iterator[str]]

    def add_notes(self, found: Any) -> None:
        """Write to stderr what explains the numbers. Does nothing here."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help=_("print one JSON object per line"))
        parser.add_argument(
            "--watch",
            nargs="?",
            type=allowed(float, is_pause, _("seconds above 0, at most %d") % LONGEST_PAUSE),
            const=2.0,
            metavar="SECONDS",
            help=_("repeat every SECONDS (2) until Ctrl-C"),
        )

    def handle(self, *, watch: float | None, **options: Any) -> None:
        with suppress(KeyboardInterrupt):
            if watch and self.stdout.isatty() and not options["json"]:
                self.redraw(watch)
            self.show(for_programs=options["json"])
            while watch:
                time.sleep(watch)
                self.show(for_programs=options["json"])

    def redraw(self, pause: float) -> None:
        with Live(console=Console(), auto_refresh=False, screen=True) as screen:
            while True:
                screen.update(self.as_table(self.read_or_refuse()), refresh=True)
                time.sleep(pause)

    def show(self, *, for_programs: bool) -> None:
        found = self.read_or_refuse()
        if for_programs:
            self.stdout.write(as_json(found))
        elif self.stdout.isatty():
            Console().print(self.as_table(found))
        else:
            self.stdout.writelines(f"{line}\n" for line in self.as_lines(found))
        self.stdout.flush()
        self.add_notes(found)

    def read_or_refuse(self) -> Any:
        """Raises CommandError if RUN_DIR cannot be used."""
        try:
            return self.read()
        except OSError as error:
            message = _("RUN_DIR=%(folder)s cannot be used: %(reason)s.")
            reason = {"folder": settings.INKPOOL_RUN_DIR, "reason": error.strerror}
            raise CommandError(message % reason) from None


def as_line(row: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={text(name, value)}" for name, value in row.items())


def text(name: str, value: Any) -> str:
    """Seconds as 5ms, a ratio as 75.0%, reasons as age:3,lost:1, what there is not as -."""
    if value is None or value == {}:
        return "-"
    if isinstance(value, dict):
        return ",".join(f"{reason}:{count}" for reason, count in value.items())
    if not isinstance(value, float):
        return str(value)
    if name.endswith("ratio"):
        return f"{value:.1%}"
    return "+Inf" if isinf(value) else f"{value * 1000:g}ms"


def as_json(found: Any) -> str:
    """JSON has no infinite number: a time without a bound is "+Inf", as in Prometheus."""
    return json.dumps(json.loads(json.dumps(found), parse_constant=lambda name: "+Inf"))


def is_pause(seconds: float) -> bool:
    return 0 < seconds <= LONGEST_PAUSE
