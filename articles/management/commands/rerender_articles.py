from collections import Counter
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from articles.rerendering import Outcome, Result, batches, rerender
from core.cli.base_command import SiteCommand
from core.cli.console import INTERRUPTED, progress, say_database
from core.invalidation.write_hooks import announce


class Command(SiteCommand):
    help = gettext_lazy(
        """\
Render the articles anew whose stored HTML was made by an older version of the renderer;
`migrate` and `check --database default` say when there are some. The site may run meanwhile: an
edit at the same moment wins, and the date of the last change stays. Stop it at any time; the
next run goes on. Several runs at once share the work.

A text over a limit is refused: it keeps its HTML and is named; then the exit code is 1. Shorten
it and save it in the editor.
"""
    )
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help=_("report what would happen, and write nothing")
        )

    def handle(self, *, dry_run: bool, verbosity: int, **options: Any) -> None:
        if not dry_run:
            say_database(self.stderr)
        results: Counter[Result] = Counter()
        try:
            self.rerender_all(results, dry_run, verbosity)
        except KeyboardInterrupt:
            message = _("Interrupted; the same command goes on from here. ")
            message += summary(results, dry_run)
            raise CommandError(message, returncode=INTERRUPTED) from None
        finally:
            if results[Result.RENDERED] and not dry_run:
                announce("articles")  # once: lists show the new excerpts from here on
        self.report(results, dry_run)

    def rerender_all(self, results: Counter[Result], dry_run: bool, verbosity: int) -> None:
        locked: list[int] = []
        for keys in progress(batches(), _("Rendering"), self.stderr, verbosity):
            for outcome in rerender(keys, dry_run=dry_run):
                if outcome.result is Result.LOCKED:
                    locked.append(outcome.article.pk)
                else:
                    self.count(results, outcome)
        for key in locked:  # a second time: a save takes a moment only
            for outcome in rerender([key]):
                self.count(results, outcome)

    def count(self, results: Counter[Result], outcome: Outcome) -> None:
        results[outcome.result] += 1
        named = {"path": outcome.article.get_absolute_url(), "reason": outcome.reason}
        if outcome.result is Result.REFUSED:
            self.stderr.write(f"{named['path']}: {outcome.reason}")
        elif outcome.result is Result.LOCKED:
            self.stderr.write(_("%(path)s: another connection has locked it") % named)

    def report(self, results: Counter[Result], dry_run: bool) -> None:
        self.stdout.write(summary(results, dry_run))
        if left := results[Result.REFUSED] + results[Result.LOCKED]:
            text = ngettext(
                "%d article keeps its old HTML.", "%d articles keep their old HTML.", left
            )
            raise CommandError(text % left + advice(results[Result.REFUSED]))


def advice(refused: int) -> str:
    if not refused:
        return ""
    return _(" Shorten the refused ones and save them in the editor: another run cannot help.")


def summary(results: Counter[Result], dry_run: bool) -> str:
    numbers = {result.value: results[result] for result in Result}
    line = ngettext(
        "%(total)d outdated article: %(rendered)d rendered anew, %(changed)d changed "
        "meanwhile, %(locked)d locked, %(refused)d refused.",
        "%(total)d outdated articles: %(rendered)d rendered anew, %(changed)d changed "
        "meanwhile, %(locked)d locked, %(refused)d refused.",
        results.total(),
    )
    head = _("Dry run, nothing was written. ") if dry_run else ""
    return head + line % {"total": results.total(), **numbers}
