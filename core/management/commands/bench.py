import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.cli.base_command import SiteCommand
from core.cli.option_types import allowed, whole

PROGRAM = "benchmarks.pool_load"
NEEDED = ("benchmarks", "MySQLdb")


class Command(SiteCommand):
    help = gettext_lazy(
        """\
The notes' load test: 100 threads that each query once and then work for a
second, with and without the pool, each time against a MariaDB of its own. Prints
the time of a request, of all requests, and the largest number of connections;
the chart shows the connections over time. The site's own database is not used.

The test shows what a pool buys: a cap, not speed. `make bench` measures the rest,
beside Flask.

Needs a checkout, mysqlclient and the programs of MariaDB; takes half a minute.
Exits 1 when one of them is missing or the chart cannot be written, 2 when the
value of an option is not allowed.
"""
    )
    requires_system_checks: list[str] = []  # it does not use the site's own database

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("part", choices=["pool"], help=_("what to measure"))
        parser.add_argument(
            "--threads",
            type=whole(1, 1000),
            default=100,
            metavar="N",
            help=_("requests at the same time (100)"),
        )
        parser.add_argument(
            "--work",
            type=allowed(float, lambda number: 0 <= number <= 60, _("seconds from 0 to 60")),
            default=1.0,
            metavar="SECONDS",
            help=_("seconds of other work after the query (1)"),
        )
        parser.add_argument(
            "--cap",
            type=whole(1, 1000),
            default=6,
            metavar="N",
            help=_("connections of the pool (6)"),
        )
        parser.add_argument("--json", action="store_true", help=_("JSON instead of the table"))
        parser.add_argument("--svg", type=Path, metavar="FILE", help=_("write a chart too"))

    def handle(self, *, verbosity: int, svg: Path | None, **options: Any) -> None:
        check_target(svg)
        check_checkout()
        words = [f"--{name}={options[name]}" for name in ("threads", "work", "cap")]
        words += [f"--svg={svg.absolute()}"] if svg else []
        words += ["--json"] * options["json"] + ["--quiet"] * (verbosity < 1)
        # The program takes this process over, and with it the terminal, Ctrl-C and the exit code.
        os.execv(sys.executable, [sys.executable, "-m", PROGRAM, *words])


def check_target(svg: Path | None) -> None:
    if svg and (svg.is_dir() or not svg.parent.is_dir()):
        raise CommandError(_("--svg: %s cannot be written; name a file in a folder.") % svg)


def check_checkout() -> None:
    """Raises CommandError where benchmarks/ or the driver of MariaDB is not installed."""
    if missing := [name for name in NEEDED if not find_spec(name)]:
        text = _("bench runs in a checkout after `make install-stack`; %s is missing.")
        raise CommandError(text % missing[0])
