import json
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rich.console import Console
from rich.table import Table

from core.cli.base_command import SiteCommand
from core.cli.signal_inspector import Receiver, receivers, signals

Found = dict[str, list[Receiver]]


class Command(SiteCommand):
    help = gettext_lazy(
        """\
List each signal, Django's and this site's, with its receivers in the order in
which they are called, the sender each of them listens to, and the module and line
of its definition. Prints a table on a terminal; in a pipe one line for each
receiver, its parts separated by tabs.

Exits 1 when no signal's name contains WORD.
"""
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "word",
            nargs="?",
            default="",
            metavar="WORD",
            help=_("only signals whose name contains it"),
        )
        parser.add_argument("--heard", action="store_true", help=_("only signals with a receiver"))
        parser.add_argument("--json", action="store_true", help=_("print a JSON array"))

    def handle(self, *, word: str, **options: Any) -> None:
        found = {name: receivers(signal) for name, signal in signals().items() if word in name}
        if not found:
            raise CommandError(_("No signal has a name with “%s” in it.") % word)
        if options["heard"]:
            found = {name: heard for name, heard in found.items() if heard}
        if options["json"]:
            self.stdout.write(as_json(found))
        elif self.stdout.isatty():
            Console().print(as_table(found))
        else:
            self.stdout.writelines(f"{line}\n" for line in as_lines(found))


def as_json(found: Found) -> str:
    whole = [
        {"signal": name, "receivers": [each._asdict() for each in heard]}
        for name, heard in found.items()
    ]
    return json.dumps(whole, ensure_ascii=False, indent=2)


def as_lines(found: Found) -> list[str]:
    return ["\t".join(row) for name, heard in found.items() for row in rows(name, heard)]


def as_table(found: Found) -> Table:
    table = Table()
    for title in (_("signal"), _("receiver"), _("sender"), _("defined at")):
        table.add_column(title, overflow="fold")
    for name, heard in found.items():
        for row in rows(name, heard):
            table.add_row(*row)
    return table


def rows(name: str, heard: list[Receiver]) -> list[tuple[str, ...]]:
    return [(name, *each) for each in heard] or [(name, "", "", "")]
