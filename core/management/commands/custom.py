from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _


class Command(BaseCommand):
    requires_system_checks: list[str] = []

    def create_parser(self, *args: Any, **kwargs: Any) -> CommandParser:
        self.help = _("Print ARG, as the notes' `python manage.py custom 123` does: an example.")
        return super().create_parser(*args, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("arg", metavar="ARG", help=_("what is printed"))

    def handle(self, *, arg: str, **options: Any) -> None:
        try:
            arg.encode()
        except UnicodeEncodeError:  # a shell may pass bytes that are no text
            raise CommandError(_("ARG is not UTF-8.")) from None
        self.stdout.write(arg)
