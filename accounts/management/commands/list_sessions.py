import json
from typing import Any

from django.core.management.base import CommandParser
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rich.cells import cell_len, set_cell_size

from accounts.management.account_lookup import account_named
from accounts.models import LoginSession
from core.cli.base_command import SiteCommand
from core.cli.console import say

ID_LENGTH = 12  # characters of the hash: enough to tell sessions apart
COLUMNS = ["id", "device", "address", "signed_in", "last_seen"]


class Command(SiteCommand):
    help = gettext_lazy(
        """\
List where an account is signed in, the latest first: one line for each live
session, with the beginning of its id's hash, the device, the address, and when it
signed in and was last seen, in the site's time zone with its offset. Only reads.

Exits 1 when there is no such account, 2 when NAME is missing.
"""
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help=_("user name"))
        parser.add_argument("--json", action="store_true", help=_("print a JSON array"))

    def handle(self, *, name: str, **options: Any) -> None:
        user = account_named(name)
        rows = [columns_of(row) for row in LoginSession.objects.filter(user=user).alive()]
        if options["json"]:
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2))
            return
        if not rows:
            say(self.stderr, _("%s is signed in nowhere.") % user.username)
            return
        for line in table([COLUMNS, *([row[name] or "-" for name in COLUMNS] for row in rows)]):
            self.stdout.write(line)


def columns_of(row: LoginSession) -> dict[str, str | None]:
    return {
        "id": row.id_hash[:ID_LENGTH],
        "device": row.device,
        "address": row.address,
        "signed_in": localtime(row.created_at).isoformat(sep=" ", timespec="seconds"),
        "last_seen": localtime(row.last_seen_at).isoformat(sep=" ", timespec="seconds"),
    }


def table(rows: list[list[str]]) -> list[str]:
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(set_cell_size(cell, width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
