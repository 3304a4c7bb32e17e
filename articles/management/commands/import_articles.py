import os
from collections import Counter
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.management.base import CommandError, CommandParser, OutputWrapper
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from articles.importing import Refused
from articles.importing.blog import LONGEST_NAME, Blog, allowed_names, is_name, name_of_folder
from articles.importing.dates import read_date
from articles.importing.earlier_imports import Continued
from articles.importing.old_addresses import check_pattern, make_redirects
from articles.importing.row_sources import AT_ONCE, DEFAULTS, FIELDS, NEEDED, rows_at
from articles.importing.sources import Source, find, is_section
from articles.importing.writer import Importer, Outcome, Result
from core.cli.base_command import SiteCommand
from core.cli.console import INTERRUPTED, progress, say, say_database
from core.cli.option_types import allowed
from core.cli.source_database import (
    SourceDatabase,
    SourceTable,
    add_source_options,
    map_of,
    named,
    variable,
)


class Command(SiteCommand):
    help = gettext_lazy(
        """\
Import Markdown files with front matter, as Hexo, Jekyll, Hugo and Zola keep them, as articles.
DIR is searched with its folders; hidden ones, links to folders and _index.md are skipped. A link
to a file outside DIR is refused.

A file is known by the name of its blog (--source, else the name of DIR) and its path below
DIR, wherever DIR lies. New: an article. The same as before: unchanged, even when the article
was edited on the site. Changed: the article follows, unless it was edited on the site; then it
is left alone and named. Moved: its article stays. An article that was deleted on the site comes
back. A name that belongs to another blog is refused, and so is another blog in the same folder.

Front matter: title, date, publishDate, expiryDate, updated, tags, categories, draft, published,
hidden, status, slug, path, author, authors, description. A missing title comes from the first
heading or the file's name, a missing date from path or a name like 2014-12-12-title.md; without
any the article goes in as a draft. A date to come schedules it. Front matter that cannot be read
as a whole is refused, so that no draft is published by mistake. An author who has an account
here becomes the author, another one's name becomes the byline.

--database NAME imports a table instead: NAME is the environment variable with the URL of another
application's database (or NAME_FILE), mysql://user:password@host/name or sqlite:////path. It is
opened for reading only. Without --map the table is article(id, title, author, url):

  --map table=post body=text date=created tags=keywords author=author_id:user.username

Names: table, id, title, author, url, body (Markdown) or html, date, updated, tags, status,
published, draft, slug, summary. Without a text, the article is a link to its url. A row is known
by its id and the name of the source (--source, else the name of the database).

Each file or row is one transaction: when one is refused, the others are imported all the same.
Exits 1 when any was refused, 130 after Ctrl-C; what was imported by then stays.
"""
    )
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "folder",
            type=Path,
            nargs="?",
            metavar="DIR",
            help=_("folder with the Markdown files"),
        )
        parser.add_argument(
            "--database",
            type=variable,
            metavar="NAME",
            help=_("instead of DIR: environment variable with the URL of another database"),
        )
        parser.add_argument(
            "--author", required=True, metavar="NAME", help=_("account that the articles belong to")
        )
        parser.add_argument(
            "--source",
            type=allowed(str, is_name, allowed_names()),
            metavar="NAME",
            help=_("name of the blog (the folder's name)"),
        )
        parser.add_argument(
            "--overwrite",
            action="store_true",
            help=_("replace edits made on the site by the file's text"),
        )
        parser.add_argument(
            "--redirect",
            action="append",
            default=[],
            type=allowed(
                check_pattern, bool, _("a path with <id> or <slug>, such as /post/<id>.html")
            ),
            metavar="PATH",
            help=_("with --database: old path of an article, such as /post/<id>.html"),
        )
        parser.add_argument(
            "--date", metavar="DATE", help=_("with --database: date of the rows that have none")
        )
        add_source_options(parser)

    def handle(self, *, folder: Path | None, author: str, verbosity: int, **options: Any) -> None:
        check_usage(folder, options)
        if not options["dry_run"]:
            say_database(self.stderr)
        results: Counter[Result] = Counter()
        try:
            if folder is None:
                self.import_rows(author, results, verbosity, options)
            else:
                self.import_folder(folder, author, results, verbosity, options)
        except KeyboardInterrupt:
            head = _("Interrupted; the same command imports the rest. ")
            message = head + summary(results, options["dry_run"])
            raise CommandError(message, returncode=INTERRUPTED) from None
        self.report(results, options["dry_run"])

    def import_folder(
        self,
        folder: Path,
        author: str,
        results: Counter[Result],
        verbosity: int,
        options: dict[str, Any],
    ) -> None:
        blog = self.blog_in(folder, options["source"])
        importer = self.importer(author, blog, options)
        for source in progress(blog.files, _("Importing"), self.stderr, verbosity):
            outcome = importer.import_file(source)
            results[outcome.result] += 1
            self.say_notes(str(source.place), outcome)

    def import_rows(
        self, author: str, results: Counter[Result], verbosity: int, options: dict[str, Any]
    ) -> None:
        given = {"table": "article", **map_of(options["map"], FIELDS)}
        with SourceDatabase(options["database"]) as database:
            table = SourceTable(database, given, DEFAULTS, NEEDED)
            check_texts(table)
            say(self.stderr, reading_line(table))
            blog = Blog(options["source"] or database.label[:LONGEST_NAME], named=True)
            importer = self.importer(author, blog, options)
            keys = table.keys("id")
            starts = range(0, len(keys), AT_ONCE)
            for start in progress(starts, _("Importing"), self.stderr, verbosity):
                accepted = []
                for row in rows_at(table, keys[start : start + AT_ONCE], options["date"]):
                    outcome = importer.import_file(row)
                    results[outcome.result] += 1
                    self.say_notes(f"{table.name} {row.path}", outcome)
                    if outcome.result is not Result.REFUSED:
                        accepted.append(row)
                if not options["dry_run"]:
                    for line in make_redirects(accepted, blog.name, options["redirect"]):
                        say(self.stderr, line)

    def blog_in(self, folder: Path, name: str | None) -> Blog:
        files = sources_in(folder, self.stderr)
        try:
            chosen = name or name_of_folder(folder)
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        return Blog(chosen, Path(os.path.abspath(folder)), files, named=name is not None)

    def importer(self, author: str, blog: Blog, options: dict[str, Any]) -> Importer:
        switches = {name: options[name] for name in ("overwrite", "dry_run")}
        try:
            importer = Importer(account(author), blog, **switches)
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        for continued in importer.known.continued:
            say(self.stderr, continued_line(continued))
        for owner, count in importer.known.copies.items():
            say(self.stderr, copies_line(owner, count))
        return importer

    def say_notes(self, place: str, outcome: Outcome) -> None:
        path = place.encode(errors="replace").decode()
        for note in outcome.notes:
            if outcome.result is Result.REFUSED:
                self.stderr.write(f"{path}: {note}")
            else:
                say(self.stderr, f"{path}: {note}")

    def report(self, results: Counter[Result], dry_run: bool) -> None:
        self.stdout.write(summary(results, dry_run))
        if refused := results[Result.REFUSED]:
            text = ngettext("%d file was refused.", "%d files were refused.", refused)
            raise CommandError(text % refused)


def summary(results: Counter[Result], dry_run: bool) -> str:
    line = ngettext(
        "%(total)d file: %(new)d new, %(changed)d changed, %(unchanged)d unchanged, "
        "%(left)d left alone, %(refused)d refused.",
        "%(total)d files: %(new)d new, %(changed)d changed, %(unchanged)d unchanged, "
        "%(left)d left alone, %(refused)d refused.",
        results.total(),
    )
    numbers = {result.value: results[result] for result in Result}
    head = _("Dry run, nothing was written. ") if dry_run else ""
    return head + line % {"total": results.total(), **numbers}


def check_usage(folder: Path | None, options: dict[str, Any]) -> None:
    """Raises CommandError unless either DIR or --database is given, with its own options."""
    if (folder is None) == (options["database"] is None):
        raise CommandError(_("Give either DIR or --database NAME."), returncode=2)
    wrong = [name for name in ("map", "redirect", "date") if folder is not None and options[name]]
    if wrong:
        raise CommandError(_("--%s needs --database.") % wrong[0], returncode=2)
    if options["date"]:
        try:
            read_date(options["date"], "--date")
        except Refused as refusal:
            raise CommandError(str(refusal), returncode=2) from None


def check_texts(table: SourceTable) -> None:
    """Raises CommandError if rows would have two texts, or none to make a text of."""
    if {"body", "html"} <= table.columns.keys():
        raise CommandError(_("--map may give body or html, not both."), returncode=2)
    if not {"body", "html", "url"} & table.columns.keys():
        raise CommandError(
            _("--map must give a column for body (Markdown) or html; %(table)s has %(names)s.")
            % {"table": table.name, "names": named(table.existing)},
            returncode=2,
        )


def reading_line(table: SourceTable) -> str:
    columns = ", ".join(
        name if name == column else f"{name}={column}" for name, column in table.columns.items()
    )
    return _("Reading %(columns)s of %(table)s") % {"columns": columns, "table": table.name}


def continued_line(continued: Continued) -> str:
    place, count = continued.place, len(continued.pairs)
    line = ngettext(
        "%(count)d article that was imported from %(place)s is continued.",
        "%(count)d articles that were imported from %(place)s are continued.",
        count,
    )
    return line % {"count": count, "place": place.source or place.of_rows}


def copies_line(owner: str, count: int) -> str:
    line = ngettext(
        "%(count)d file of this folder is already an article of %(owner)s and goes in once more.",
        "%(count)d files of this folder are already articles of %(owner)s and go in once more.",
        count,
    )
    return line % {"count": count, "owner": owner}


def sources_in(folder: Path, stderr: OutputWrapper) -> list[Source]:
    if not folder.is_dir():
        raise CommandError(_("%s is not a folder.") % folder)
    found = list(find(folder))
    for source in filter(is_section, found):
        say(stderr, _("%s: describes a folder and is no article") % source.place)
    articles = [source for source in found if not is_section(source)]
    if not articles:
        raise CommandError(_("There is no Markdown file in %s.") % folder)
    return articles


def account(name: str) -> AbstractBaseUser:
    model = get_user_model()
    try:
        return model.objects.get_by_natural_key(name)
    except model.DoesNotExist:
        line = f"python manage.py create_user {name}"
        raise CommandError(
            _("There is no account %(name)s; make it with: %(line)s") % {"name": name, "line": line}
        ) from None
