from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from articles.search.search_index import index_batch, mark_all_outdated, outdated_batches
from core.cli.base_command import SiteCommand
from core.cli.console import INTERRUPTED, progress, say_database


class Command(SiteCommand):
    help = gettext_lazy(
        """\
Write the search index of the articles that have none yet or one of an older version; `migrate` and
`check --database default` say when there are some. The site may run meanwhile. Stop it at any time;
the next run goes on. Several runs at once, and further ones, do no harm.

With --all, every article is indexed anew: after articles were written by raw SQL, for example. If
such a run is stopped, go on without --all.
"""
    )
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help=_("index every article anew"))

    def handle(self, *, all: bool, verbosity: int, **options: Any) -> None:
        say_database(self.stderr)
        if all:
            mark_all_outdated()
        done = 0
        try:
            for keys in progress(outdated_batches(), _("Indexing"), self.stderr, verbosity):
                done += index_batch(keys)
        except KeyboardInterrupt:
            message = _("Interrupted; the same command without --all goes on from here. ")
            raise CommandError(message + summary(done), returncode=INTERRUPTED) from None
        self.stdout.write(summary(done))


def summary(done: int) -> str:
    return ngettext("%d article is indexed.", "%d articles are indexed.", done) % done
