from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from articles.trash import KEPT_FOR, purge_trash
from core.cli.base_command import SiteCommand
from core.cli.console import say_database
from core.cli.option_types import whole


class Command(SiteCommand):
    help = gettext_lazy(
        """\
Delete articles for good that were moved to the trash 30 days ago or earlier, with
their revisions. The job of the same name does so once an hour (see run_jobs).
Prints how many were deleted.
"""
    )
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--days",
            type=whole(0),
            default=KEPT_FOR.days,
            metavar="N",
            help=_("how long an article stays in the trash (30); 0 empties it"),
        )

    def handle(self, *, days: int, **options: Any) -> None:
        say_database(self.stderr)
        done = sum(purge_trash(timedelta(days=days)))
        text = ngettext("%d article deleted for good.", "%d articles deleted for good.", done)
        self.stdout.write(text % done)
