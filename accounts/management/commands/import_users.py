import signal
from collections import Counter
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.imported_users import Row, judged, store, would_store
from accounts.models import PasswordState, User
from core.cli.base_command import SiteCommand
from core.cli.console import progress, say, say_database
from core.cli.option_types import allowed
from core.cli.source_database import (
    SourceDatabase,
    SourceTable,
    add_source_options,
    map_of,
    variable,
)

FIELDS = ["username", "password", "email", "display_name", "id"]
DEFAULTS = ["username", "password"]
LONGEST_SOURCE = User._meta.get_field("imported_from").max_length or 0
INTERRUPTED = 128 + signal.SIGINT


class Command(SiteCommand):
    help = gettext_lazy(
        """\
Make accounts of the users of another application, such as a Flask site.

--database NAME: the environment variable with the URL of its database (or NAME_FILE, a file
with it): mysql://user:password@host/name or sqlite:////path. It is opened for reading only.
Without --map the table is user(username, password). --map gives other names:

  --map table=members username=login password=pw_hash email=mail

Names: table, username, password, email, display_name, id. A column of another table is
column:table.column, which follows the id: email=contact_id:contact.address
With id, FLASK_BRIDGE can tell which account a user of the other application has.

Hashes of werkzeug (scrypt, pbkdf2) go on verifying and become Argon2 at the next sign-in. A
password in plain text is hashed and must be changed at the first sign-in. A password that the
sign-in form refuses, and a hash of an unknown form, needs a reset by mail: the account is named,
and whether it has an address. User names that the form refuses, names that are taken and names
that look alike are named, and nothing is written; --skip imports the other rows.

Running it again changes nothing, except that an account without a sign-in here follows a new
password there. Each account is one transaction. Exits 1 when rows were refused, 130 after
Ctrl-C; the same command imports the rest.
"""
    )
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--database",
            required=True,
            type=variable,
            metavar="NAME",
            help=_("environment variable with the URL of the other database"),
        )
        add_source_options(parser)
        parser.add_argument(
            "--source",
            type=allowed(str, is_name, _("1 to %d printable characters") % LONGEST_SOURCE),
            metavar="NAME",
            help=_("name of the source (the name of the database)"),
        )
        parser.add_argument(
            "--skip", action="store_true", help=_("leave refused rows out, and import the others")
        )

    def handle(self, *, database: str, verbosity: int, **options: Any) -> None:
        given = {"table": "user", **map_of(options["map"], FIELDS)}
        with SourceDatabase(database) as source:
            table = SourceTable(source, given, DEFAULTS, needed={*DEFAULTS})
            name = options["source"] or source.label[:LONGEST_SOURCE]
            found = progress(table.rows(), _("Checking"), self.stderr, verbosity)
            rows = judged(found, name)
        self.say_refused(rows)
        refused = [row for row in rows if row.refusal]
        if refused and not options["skip"] and not options["dry_run"]:
            raise CommandError(refusal_line(len(refused)) + _(" Nothing was written."))
        if not options["dry_run"]:
            say_database(self.stderr)
        results = Counter({"refused": len(refused)})
        self.store_all([row for row in rows if not row.refusal], name, results, verbosity, options)

    def store_all(
        self,
        rows: list[Row],
        source: str,
        results: Counter[str],
        verbosity: int,
        options: dict[str, Any],
    ) -> None:
        dry_run = options["dry_run"]
        try:
            for row in progress(rows, _("Importing"), self.stderr, verbosity):
                result = would_store(row) if dry_run else store(row, source)
                results[result] += 1
                self.say_password(row, result)
        except KeyboardInterrupt:
            head = _("Interrupted; the same command imports the rest. ")
            raise CommandError(head + summary(results, dry_run), returncode=INTERRUPTED) from None
        self.stdout.write(summary(results, dry_run))
        if results["refused"]:
            raise CommandError(refusal_line(results["refused"]))

    def say_refused(self, rows: list[Row]) -> None:
        for row in rows:
            if row.refusal:
                self.stderr.write(f"{shown(row.name)}: {row.refusal}")

    def say_password(self, row: Row, result: str) -> None:
        if result == "refused":
            self.stderr.write(f"{shown(row.name)}: {row.refusal}")
        elif result != "unchanged" and row.password.state == PasswordState.RESET:
            line = f"{row.password.reason}; {way_to_a_password(row)}"
            say(self.stderr, f"{shown(row.name)}: {line}")
        elif result != "unchanged" and row.password.state == PasswordState.CHANGE:
            line = _("its password was readable; it must be changed at the first sign-in")
            say(self.stderr, f"{shown(row.name)}: {line}")


def way_to_a_password(row: Row) -> str:
    if not settings.INKPOOL_SENDS_MAIL:
        return _("this site sends no mail, so its team must set a password")
    if not (row.account or row).email:
        return _("the account has no address for a reset by mail, so the team must set a password")
    return _("the account needs a reset by mail")


def is_name(name: str) -> bool:
    return 0 < len(name) <= LONGEST_SOURCE and name == name.strip() and name.isprintable()


def shown(name: str) -> str:
    """A name on one line, as a terminal can show it."""
    return ascii(name) if not name.isprintable() or not name.strip() else name[:60]


def refusal_line(count: int) -> str:
    return ngettext("%d row was refused.", "%d rows were refused.", count) % count


def summary(results: Counter[str], dry_run: bool) -> str:
    line = ngettext(
        "%(total)d row: %(new)d new, %(changed)d changed, %(unchanged)d unchanged, "
        "%(refused)d refused.",
        "%(total)d rows: %(new)d new, %(changed)d changed, %(unchanged)d unchanged, "
        "%(refused)d refused.",
        results.total(),
    )
    numbers = {name: results[name] for name in ("new", "changed", "unchanged", "refused")}
    head = _("Dry run, nothing was written. ") if dry_run else ""
    return head + line % {"total": results.total(), **numbers}
