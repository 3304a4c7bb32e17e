from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.cli.base_command import SiteCommand


class Command(SiteCommand):
    help = gettext_lazy("Print ARG, as the notes' `python manage.py custom 123` does: an example.")
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("arg", metavar="ARG", help=_("the text to print"))

    def handle(self, *, arg: str, **options: Any) -> None:
        try:
            arg.encode()
        except UnicodeEncodeError:  # a shell may pass bytes that are no text
            raise CommandError(_("ARG is not UTF-8.")) from None
        self.stdout.write(arg)
