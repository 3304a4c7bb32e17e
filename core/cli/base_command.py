"""The base class of this site's commands: their help in the reader's language.

    class Command(SiteCommand):
        help = gettext_lazy("Print ARG.")

Django formats `help` as one paragraph of a plain str. Here it may be a lazy translation, and its
lines stay as they are written.
"""

from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser, DjangoHelpFormatter
from django.utils.functional import Promise


class HelpFormatter(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """Keeps the lines of a description: argparse would break Chinese anywhere in a word."""


class SiteCommand(BaseCommand):
    help: str | Promise = ""  # type: ignore[assignment]  # Django's stubs want a str

    def create_parser(self, *args: Any, **kwargs: Any) -> CommandParser:
        self.help = str(self.help)  # argparse takes no lazy text
        return super().create_parser(*args, **kwargs, formatter_class=HelpFormatter)
