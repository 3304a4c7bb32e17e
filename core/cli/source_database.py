"""Reads rows of another application's database, such as that of a Flask site that moves here.

    with SourceDatabase("FLASK_DATABASE_URL") as database:
        given = {"table": "post", "title": "headline"}  # of --map
        SourceTable(database, given, ["id", "title"], needed={"id"}).rows()

The URL comes from an environment variable or from the file that NAME_FILE names. Guarantees:
nothing is written there, and all rows are those of one moment (a read-only transaction). Errors
are CommandErrors that name the table or column and what exists.
"""

import re
from argparse import ArgumentTypeError
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler
from django.utils.translation import gettext as _

ALIAS = "source"
MOST_NAMED = 20  # tables or columns in an error
_variable = re.compile(r"[A-Z_][A-Z0-9_]*")
_column = re.compile(r"(?P<column>[^:.=]+)(?::(?P<table>[^:.=]+)\.(?P<other>[^:.=]+))?")


def variable(text: str) -> str:
    """The type of --database. The error does not repeat a URL in its place, with its password."""
    if not _variable.fullmatch(text):
        raise ArgumentTypeError(
            _(
                "it takes the name of an environment variable that holds the URL, such as "
                "FLASK_DATABASE_URL, and not the URL itself."
            )
        )
    return text


def map_of(words: Sequence[str], allowed: Sequence[str]) -> dict[str, str]:
    """Returns `["title=headline"]` as a dict; the key `table` names the table.

    Raises CommandError for a word of another form, an unknown name and one that is given twice.
    """
    pairs = [word.partition("=")[::2] for word in words]
    known = ["table", *allowed]
    if wrong := [word for word in words if "=" not in word]:
        raise CommandError(_("--map %s is not of the form name=column.") % wrong[0], returncode=2)
    if unknown := [name for name, _column in pairs if name not in known]:
        raise CommandError(
            _("--map has no name %(name)s; there are %(names)s.")
            % {"name": unknown[0], "names": ", ".join(known)},
            returncode=2,
        )
    if twice := [name for name, count in Counter(name for name, _c in pairs).items() if count > 1]:
        raise CommandError(_("--map gives %s twice.") % twice[0], returncode=2)
    return dict(pairs)


def add_source_options(parser: CommandParser) -> None:
    parser.add_argument(
        "--map",
        nargs="+",
        default=[],
        metavar="FIELD=COLUMN",
        help=_("names of the table and of its columns"),
    )
    parser.add_argument(
        "--dry-run", action="store_true", help=_("report what would happen, and write nothing")
    )


class SourceDatabase:
    """The database whose URL the variable `name` holds, within one read-only transaction."""

    def __init__(self, name: str) -> None:
        self.name = name
        try:
            self.connection = _connection(settings.INKPOOL_SOURCE_DATABASE(name))
        except ImproperlyConfigured as error:  # the URL, or a driver that is not installed
            raise CommandError(str(error)) from None
        with self._errors():
            begin = _begin(self.connection)
        self.query(begin)

    def __enter__(self) -> "SourceDatabase":
        return self

    def __exit__(self, *error: object) -> None:
        self.connection.close()

    @property
    def label(self) -> str:
        """The name of the database, or of the file without its ending."""
        name = str(self.connection.settings_dict["NAME"])
        return (
            Path(unquote(urlsplit(name).path)).stem if self.connection.vendor == "sqlite" else name
        )

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Returns all rows."""
        return self._run(sql, parameters)[1]

    def columns(self, table: str) -> list[str]:
        """The names of the columns of a table or view. Raises CommandError if it is not there."""
        tables = self.tables()
        if table not in tables:
            raise CommandError(
                _("The database has no table %(name)s; it has %(names)s.")
                % {"name": table, "names": named(tables)}
            )
        return self._run(f"SELECT * FROM {self.quoted(table)} WHERE 1 = 0", ())[0]

    def tables(self) -> list[str]:
        with self._errors():
            cursor = self.connection.create_cursor()
            found = self.connection.introspection.get_table_list(cursor)
        return sorted(info.name for info in found)

    def quoted(self, name: str) -> str:
        """The name of a table or column for SQL; no text can leave the quotation marks."""
        mark = "`" if self.connection.vendor == "mysql" else '"'
        return mark + name.replace(mark, mark * 2).replace("%", "%%") + mark

    def _run(self, sql: str, parameters: Sequence[Any]) -> tuple[list[str], list[tuple[Any, ...]]]:
        # The driver's cursor: the caches of this site do not concern another database.
        with self._errors():
            self.connection.ensure_connection()
            with closing(self.connection.create_cursor()) as cursor:
                cursor.execute(sql, parameters)
                names = [column[0] for column in cursor.description or ()]
                return names, list(cursor.fetchall()) if names else []

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            with self.connection.wrap_database_errors:
                yield
        except DatabaseError as error:
            reason = " ".join(str(part) for part in error.args)
            raise CommandError(
                _("The database that %(name)s names cannot be read: %(reason)s")
                % {"name": self.name, "reason": reason}
            ) from None


def _connection(config: dict[str, Any]) -> BaseDatabaseWrapper:
    """A connection of Django's own engine: neither pooled nor tracked by the caches."""
    engine = "mysql" if config["ENGINE"] == "core.mysql_pool" else "sqlite3"
    config |= {"ENGINE": f"django.db.backends.{engine}"}
    if engine == "sqlite3":
        config |= {
            "NAME": f"{Path(config['NAME']).absolute().as_uri()}?mode=ro",
            # 0: a date that cannot be read stays a text, which the error can show
            "OPTIONS": {"detect_types": 0},
        }
    handler = ConnectionHandler({DEFAULT_DB_ALIAS: {}, ALIAS: config})
    return handler[ALIAS]


def _begin(connection: BaseDatabaseWrapper) -> str:
    if connection.vendor == "mysql":
        return "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
    connection.ensure_connection()
    # A text that is not UTF-8 must not end the reading of all rows: its own row is refused.
    connection.connection.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
    return "BEGIN"


class SourceTable:
    """A table of another application, whose columns have the names of a map.

    `names` are the fields that are read where the table has a column of that name, and `needed`
    those of them without which nothing can be imported. The map gives other columns, a column
    that holds the id of another table's row (`author=author_id:user.username`), or, with nothing
    behind `=`, leaves a field out. Raises CommandError for a table or column that is not there.
    """

    def __init__(
        self,
        database: SourceDatabase,
        given: dict[str, str],
        names: Sequence[str],
        needed: set[str],
    ) -> None:
        self.database, self.name = database, given["table"]
        self.existing = database.columns(self.name)
        own = {name: name for name in names if name in {*self.existing, *needed}}
        chosen = own | {name: column for name, column in given.items() if name != "table"}
        self.columns = {name: column for name, column in chosen.items() if column}
        if missing := sorted(needed - self.columns.keys()):
            raise CommandError(_("--map must give a column for %s.") % missing[0], returncode=2)
        self.sql = {name: self._sql_of(column) for name, column in self.columns.items()}

    def rows(self) -> list[dict[str, Any]]:
        """All rows, by the names of the map."""
        return self._named(self.database.query(self._select()))

    def keys(self, name: str) -> list[Any]:
        """The values of a column that identifies rows. Raises CommandError if it does not."""
        column = self.sql[name]
        found = self.database.query(f"SELECT {column} FROM {self._from()} ORDER BY {column}")
        keys = [key for (key,) in found]
        counts = Counter(map(str, keys))
        wrong = None in keys or any(count > 1 for count in counts.values())
        if wrong:
            raise CommandError(
                _("The column %(column)s of %(table)s identifies no row: it is empty or twice.")
                % {"column": self.columns[name], "table": self.name}
            )
        return keys

    def rows_at(self, name: str, keys: Sequence[Any]) -> list[dict[str, Any]]:
        """The rows with these keys."""
        marks = ", ".join(["%s"] * len(keys))
        sql = f"{self._select()} WHERE {self.sql[name]} IN ({marks})"
        return self._named(self.database.query(sql, keys))

    def _named(self, rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
        return [dict(zip(self.sql, row, strict=True)) for row in rows]

    def _select(self) -> str:
        return f"SELECT {', '.join(self.sql.values())} FROM {self._from()}"

    def _from(self) -> str:
        return f"{self.database.quoted(self.name)} source_row"

    def _sql_of(self, column: str) -> str:
        found = _column.fullmatch(column)
        if not found:
            raise CommandError(
                _("--map has %s, which is neither a column nor column:table.column.") % column,
                returncode=2,
            )
        own = f"source_row.{self._known(found['column'], self.name, self.existing)}"
        if not found["table"]:
            return own
        other = self.database.columns(found["table"])
        value = self._known(found["other"], found["table"], other)
        key = self._known("id", found["table"], other)
        table = self.database.quoted(found["table"])
        return f"(SELECT other.{value} FROM {table} other WHERE other.{key} = {own})"

    def _known(self, column: str, table: str, existing: Sequence[str]) -> str:
        if column not in existing:
            raise CommandError(
                _("The table %(table)s has no column %(column)s; it has %(names)s.")
                % {"table": table, "column": column, "names": named(existing)}
            )
        return self.database.quoted(column)


def named(names: Sequence[str]) -> str:
    """Returns names as one text, shortened if there are many."""
    shown = ", ".join(names[:MOST_NAMED])
    return shown + (" …" if len(names) > MOST_NAMED else "") if names else _("none")
