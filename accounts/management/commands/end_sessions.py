from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from redis.exceptions import RedisError

from accounts.management.account_lookup import account_named
from accounts.models import LoginSession, User
from core.cli.base_command import SiteCommand
from core.cli.console import say_database


class Command(SiteCommand):
    help = gettext_lazy(
        """\
Sign an account out everywhere, at once, including sessions that no list shows.
The password stays as it is. With --except-current the session that was seen last
stays, and so does a session that no list shows yet.

Prints how many were ended. Exits 1 when there is no such account, 2 when NAME is
missing.
"""
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help=_("user name"))
        parser.add_argument(
            "--except-current",
            action="store_true",
            help=_("keep the session that was seen last (a command has none of its own)"),
        )

    def handle(self, *, name: str, **options: Any) -> None:
        say_database(self.stderr)
        user = account_named(name)
        if options["except_current"]:
            rows = LoginSession.objects.filter(user=user)
            kept = [row.pk for row in rows.alive()[:1]]
            count = rows.exclude(pk__in=kept).end()
        else:
            count = self.end_all(user)
        done = ngettext(
            "%(count)d session of %(name)s is ended.",
            "%(count)d sessions of %(name)s are ended.",
            count,
        )
        self.stdout.write(done % {"count": count, "name": user.username})

    def end_all(self, user: User) -> int:
        try:
            return user.end_sessions()
        except RedisError as error:  # the account refuses them from now on all the same
            raise CommandError(
                _(
                    "%(name)s is signed out, but the sessions could not be removed (%(error)s). "
                    "Run this again when Redis is back."
                )
                % {"name": user.username, "error": error}
            ) from error
