from collections import Counter
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.db import IntegrityError
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from articles import generated_articles
from articles.importing.front_matter import Fields
from articles.importing.sources import Source
from articles.importing.writer import Importer, Result
from core.cli.base_command import SiteCommand
from core.cli.console import INTERRUPTED, progress, say, say_database
from core.cli.option_types import whole
from core.cli.passwords import strong_password

NAME = "demo_author"
TEXTS = Path(__file__).parents[2] / "demo"
MOST = 10_000_000  # generated articles


class Command(SiteCommand):
    help = gettext_lazy(
        """\
Make the account demo_author and twelve articles in Chinese and English; one is a
draft, one will appear in two weeks. A second run changes nothing but brings back
a demo article that was deleted.

The password comes from the variable DJANGO_USER_PASSWORD; without it a strong one
is made and printed once, when the account is made.

With --articles N, also N generated articles of twenty authors in both languages,
for trying the site at scale. A further run adds those that are missing, as after
an interruption or with a larger N.
"""
    )
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--articles", type=whole(0, MOST), default=0, metavar="N", help=_("generate N articles")
        )

    def handle(self, *, articles: int, verbosity: int, **options: Any) -> None:
        say_database(self.stderr)
        password = make_author()
        author = get_user_model().objects.get(username=NAME)
        results = self.write_articles(Importer(author), author.date_joined)
        self.report(results, password)
        if articles:
            self.generate(articles, verbosity)

    def generate(self, count: int, verbosity: int) -> None:
        """Writes the missing ones of `count` articles, in transactions of BATCH articles."""
        numbers = generated_articles.missing_numbers(count)
        authors, tags = generated_articles.made_authors(), generated_articles.made_tags()
        size, done = generated_articles.BATCH, 0
        batches = [numbers[at : at + size] for at in range(0, len(numbers), size)]
        try:
            for batch in progress(batches, _("Writing articles"), self.stderr, verbosity):
                done += generated_articles.write_articles(batch, authors, tags)
        except KeyboardInterrupt:
            message = _("Interrupted; the same command goes on from here. ") + written(done)
            raise CommandError(message, returncode=INTERRUPTED) from None
        self.stdout.write(written(done))

    def write_articles(self, importer: Importer, start: Any) -> Counter[Result]:
        """Imports the demo articles. Dates count from `start`, so a second run changes none."""

        def set_date(fields: Fields) -> None:
            days = timedelta(days=int(fields.text("days_ago")))
            fields["date"] = (start - days).isoformat(sep=" ", timespec="seconds")

        results: Counter[Result] = Counter()
        for source in demo_sources():
            outcome = importer.import_file(source, set_date)
            results[outcome.result] += 1
            for note in outcome.notes:
                say(self.stderr, f"{source.path}: {note}")
        return results

    def report(self, results: Counter[Result], password: str | None) -> None:
        new = results[Result.NEW] + results[Result.CHANGED]
        if new:
            self.stdout.write(
                ngettext("%d demo article is written.", "%d demo articles are written.", new) % new
            )
        else:
            self.stdout.write(_("The demo articles are there; nothing was changed."))
        address = {
            "address": resolve_url(settings.LOGIN_URL),
            "name": NAME,
            "password": password,
        }
        if password is None:
            command = f"python manage.py changepassword {NAME}"
            self.stdout.write(
                _("%(name)s exists; for a new password: %(command)s")
                % {"name": NAME, "command": command}
            )
        else:
            self.stdout.write(
                _("Sign in at %(address)s as %(name)s with the password %(password)s") % address
            )


def written(done: int) -> str:
    return (
        ngettext("%d generated article is written.", "%d generated articles are written.", done)
        % done
    )


def demo_sources() -> list[Source]:
    """The demo files, with paths that are the same wherever the site is installed."""
    files = sorted(TEXTS.glob("*.md"))
    return [Source(file, f"demo/{file.name}", PurePosixPath(file.name)) for file in files]


def make_author() -> str | None:
    """Creates the account; returns its password, or None if it exists already."""
    model = get_user_model()
    if model.objects.filter(username=NAME).exists():
        return None
    author = model(username=NAME, display_name=_("Demo author"))
    password = settings.INKPOOL_NEW_USER_PASSWORD or strong_password()
    try:
        validate_password(password, author)
    except ValidationError as error:
        raise CommandError("DJANGO_USER_PASSWORD: " + " ".join(error.messages)) from None
    author.set_password(password)
    try:
        author.save()
    except IntegrityError:  # another seed_demo has just created it, and prints the password
        return None
    return password
