import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import DatabaseError, connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.cli.base_command import SiteCommand
from core.cli.console import say, say_database
from core.cli.error_advice import advice
from core.jobs.in_process import AWAY, TICK
from core.jobs.running import run_due


class Command(SiteCommand):
    help = gettext_lazy(
        """\
Run the site's recurring jobs, such as emptying the trash, whenever they are due.
Run it beside the servers, on one host or on several: a lock in the database lets
one process at a time run a job. SIGTERM and Ctrl-C end it after the batch that is
being worked on; the next process continues.

With --once it runs what is due now and ends, as for cron. Prints one line for
each run of a job. Exits 1 if one of them fails; without --once it never ends by
itself, and tries again when the database is back.
"""
    )
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help=_("run what is due now, then end"))

    def handle(self, *, once: bool, **options: Any) -> None:
        say_database(self.stderr)
        with stopped_by_signals() as stopping:
            if once:
                self.run_once(stopping)
                return
            while not stopping.is_set():
                stopping.wait(TICK if self.try_due(stopping) else AWAY)

    def run_once(self, stopping: Event) -> None:
        failed = self.print_due(stopping)
        if failed:
            raise CommandError(_("Failed: %s") % ", ".join(failed))

    def try_due(self, stopping: Event) -> bool:
        """Runs what is due; False if the database could not be asked."""
        try:
            self.print_due(stopping)
        except DatabaseError as error:
            say(self.stderr, advice(error))
            return False
        finally:
            connection.close()
        return True

    def print_due(self, stopping: Event) -> list[str]:
        """Prints a line for each run, and returns the names of the jobs that failed."""
        failed = []
        for run in run_due(stopping):
            self.stdout.write(str(run))
            self.stdout.flush()
            failed += [run.name] if run.error else []
        return failed


@contextmanager
def stopped_by_signals() -> Iterator[Event]:
    """An event that SIGTERM and SIGINT set within the block."""
    stopping = Event()
    names = (signal.SIGTERM, signal.SIGINT)
    before = {name: signal.signal(name, lambda *args: stopping.set()) for name in names}
    try:
        yield stopping
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
