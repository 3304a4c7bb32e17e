"""System checks that the database and the site's tables can store every text, in transactions.

Each error names the statement that repairs it. `migrate` and `check --database` run these checks,
and an error stops both. Other tables in the same database are not checked.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.apps import apps
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections
from django.db.migrations.recorder import MigrationRecorder

CHARSET, COLLATION = "utf8mb4", "utf8mb4_unicode_520_ci"
OLD_FORMATS = {"compact", "redundant"}  # an index takes 767 bytes of a column, not 3072
DATABASE = (
    "SELECT schema_name, default_character_set_name, @@GLOBAL.innodb_default_row_format "
    "FROM information_schema.schemata WHERE schema_name = DATABASE()"
)
TABLES = (
    "SELECT table_name, engine, row_format, table_collation FROM information_schema.tables "
    "WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' ORDER BY table_name"
)
COLUMNS = (
    "SELECT table_name, column_name, column_type, character_set_name, is_nullable "
    "FROM information_schema.columns WHERE table_schema = DATABASE() "
    "AND character_set_name <> 'utf8mb4' ORDER BY table_name, ordinal_position"
)


Collations = dict[tuple[str, str], str]


class Column(NamedTuple):
    """A column that is not utf8mb4."""

    name: str
    type: str
    charset: str
    nullable: str
    collation: str  # that it should have

    def repaired(self) -> str:
        """The clause of ALTER TABLE that changes nothing but the character set."""
        null = "NULL" if self.nullable == "YES" else "NOT NULL"
        text = f"{self.type} CHARACTER SET {CHARSET} COLLATE {self.collation}"
        return f"MODIFY `{self.name}` {text} {null}"


class Table(NamedTuple):
    name: str
    engine: str
    row_format: str
    collation: str  # of new columns
    columns: list[Column]  # those that are not utf8mb4


class Storage(NamedTuple):
    """The server's description of the database and of the site's tables in it."""

    database: str
    charset: str
    row_format: str  # of new tables
    tables: list[Table]


@register(Tags.database)
def storage(**kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for alias in kwargs.get("databases") or ():
        if connections[alias].vendor != "mysql":
            continue
        try:
            found += check_storage(read_storage(alias))
        except (DatabaseError, ImproperlyConfigured):  # the command that asks next says so
            continue
    return found


def read_storage(alias: str) -> Storage:
    """Raises django.db.DatabaseError."""
    connection = connections[alias]
    own = {name.lower() for name in connection.introspection.django_table_names()}
    own.add(MigrationRecorder.Migration._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(DATABASE)
        name, charset, row_format = cursor.fetchone()
        columns = read_columns(cursor, declared_collations(connection))
        cursor.execute(TABLES)
        rows = [row for row in cursor.fetchall() if row[0].lower() in own]
    tables = [Table._make([*map(str, row), columns[row[0]]]) for row in rows]
    return Storage(name, charset, str(row_format), tables)


def read_columns(cursor: Any, collations: Collations) -> dict[str, list[Column]]:
    """The columns that are not utf8mb4, by table."""
    found: dict[str, list[Column]] = defaultdict(list)
    cursor.execute(COLUMNS)
    for table, name, *facts in cursor.fetchall():
        collation = collations.get((table.lower(), name), COLLATION)
        found[table].append(Column._make([name, *facts, collation]))
    return found


def declared_collations(connection: Any) -> Collations:
    """The collations that model fields declare, by table and column."""
    return {
        (model._meta.db_table.lower(), str(field.column)): collation
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.local_concrete_fields
        if (collation := field.db_parameters(connection).get("collation"))
    }


def check_storage(storage: Storage) -> list[CheckMessage]:
    found = [*of_database(storage)]
    for table in storage.tables:
        found += of_table(table)
    return found


def of_database(storage: Storage) -> Iterator[CheckMessage]:
    if storage.charset != CHARSET:
        yield Error(
            f"The database {storage.database!r} is {storage.charset}, so new tables cannot store "
            "every text (emoji, rare Chinese characters).",
            hint=f"In the database, type: ALTER DATABASE `{storage.database}` "
            f"CHARACTER SET {CHARSET} COLLATE {COLLATION};",
            id="core.E032",
        )
    if storage.row_format.lower() in OLD_FORMATS:
        yield Error(
            f"innodb_default_row_format is {storage.row_format}, so the index of a long text "
            "fails: “Index column size too large” (error 1709 or 1071).",
            hint="In the database, type: SET GLOBAL innodb_default_row_format = DYNAMIC; "
            "and give it in the server's configuration too.",
            id="core.E035",
        )


def of_table(table: Table) -> Iterator[CheckMessage]:
    if table.columns or not table.collation.startswith(CHARSET):
        names = ", ".join(f"{column.name} ({column.charset})" for column in table.columns)
        repaired = f"CHARACTER SET {CHARSET} COLLATE {COLLATION}"
        clauses = ", ".join([repaired, *(column.repaired() for column in table.columns)])
        yield Error(
            f"The table {table.name!r} cannot store every text in {names or 'a new column'}.",
            hint=f"In the database, type: ALTER TABLE `{table.name}` {clauses};",
            id="core.E033",
        )
    if table.engine.lower() != "innodb":
        yield Error(
            f"The table {table.name!r} is {table.engine}, which has no transactions.",
            hint=f"In the database, type: ALTER TABLE `{table.name}` ENGINE=InnoDB, "
            "ROW_FORMAT=DYNAMIC;",
            id="core.E034",
        )
    elif table.row_format.lower() in OLD_FORMATS:
        yield Warning(
            f"The table {table.name!r} has the row format {table.row_format}: a migration that "
            "adds an index of a long text fails (error 1709 or 1071).",
            hint=f"In the database, type: ALTER TABLE `{table.name}` ROW_FORMAT=DYNAMIC;",
            id="core.W041",
        )
