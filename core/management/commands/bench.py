from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from django.core.management.base import (
    BaseCommand,
    CommandError,
    CommandParser,
)
from django.utils.translation import gettext as _
from rich.console import Console

from core.cli.console import HelpFormatter
from core.cli.option_types import allowed, whole


class Command(BaseCommand):
    requires_system_checks: list[str] = []  # it never meets the site's own database

    def create_parser(self, *args: Any, **kwargs: Any) -> CommandParser:
        self.help = description()
        return super().create_parser(*args, **kwargs, formatter_class=HelpFormatter)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("part", choices=["pool"], help=_("what to measure"))
        parser.add_argument(
            "--threads",
            type=whole(1, 1000),
            default=100,
            metavar="N",
            help=_("requests at once; 100"),
        )
        parser.add_argument(
            "--work",
            type=allowed(float, lambda number: 0 <= number <= 60, _("seconds from 0 to 60")),
            default=1.0,
            metavar="SECONDS",
            help=_("other work after the query; 1"),
        )
        parser.add_argument(
            "--cap",
            type=whole(1, 1000),
            default=6,
            metavar="N",
            help=_("connections of the pool; 6"),
        )
        parser.add_argument("--json", action="store_true", help=_("JSON instead of the table"))
        parser.add_argument("--svg", type=Path, metavar="FILE", help=_("write a chart too"))

    def handle(self, *, verbosity: int, **options: Any) -> None:
        check(options["svg"])
        load, table, chart = (harness(name) for name in ("load", "table", "chart"))
        what = load.Load(options["threads"], options["work"], options["cap"])
        try:
            report = self.watched(load.with_and_without, what, verbosity)
        except SystemExit as missing:
            raise CommandError(str(missing)) from None
        if options["svg"]:
            options["svg"].write_text(chart.svg(report), encoding="utf-8")
        self.stdout.write(report.dumps() if options["json"] else table.markdown(report), ending="")

    def watched(self, measure: Callable[..., Any], what: Any, verbosity: int) -> Any:
        """With a line on the terminal that says what runs, and how many are connected."""
        quiet = verbosity < 1 or not self.stderr.isatty()
        with Console(stderr=True, quiet=quiet).status("") as status:
            return measure(
                what,
                status.update,
                lambda label, count: status.update(f"{label}: Threads_connected {count}"),
            )


def description() -> str:
    """At run time: only then is it known which language is spoken."""
    return _(
        """\
The notes' load test: 100 threads that query once and then do something else for a second, with
and without the pool, each against a MariaDB of its own that lives as long as the test. Prints the
time of a request, of all, and how many connections the server had at most; the chart shows them
over time. The site's own database is not touched.

It shows what a pool buys: a cap, not speed. `make bench` measures the rest, beside Flask.

Needs a checkout with its tests, mysqlclient and the programs of MariaDB. Takes about half a
minute. Exits 1 when one of them is missing or the chart cannot be written, 2 when an option has
a value that is not allowed.
"""
    )


def check(target: Path | None) -> None:
    if target and (target.is_dir() or not target.parent.is_dir()):
        raise CommandError(_("--svg: %s cannot be written; name a file in a folder.") % target)


def harness(name: str) -> Any:
    """A module of benchmarks/, which a site may be without."""
    try:
        return import_module(f"benchmarks.{name}")
    except ModuleNotFoundError as error:
        text = _("bench runs in a checkout after `make install-stack`; %s is missing.")
        raise CommandError(text % error.name) from None
