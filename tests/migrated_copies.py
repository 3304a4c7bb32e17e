"""Databases with the site's tables and people: one per server is migrated, the others are copied.

Migrating and adding people takes some seconds, a copy a tenth of one.
"""

import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import MySQLdb  # type: ignore[import-untyped]

_folder = tempfile.TemporaryDirectory(prefix="inkpool-migrated-")  # removed at exit
_migrated: dict[str, str] = {}  # MariaDB's socket file → the name of a migrated database there


def fill(url: str, migrate: Callable[[], None]) -> None:
    """Fill the empty database of `url` as `migrate` does, which is called for the first one."""
    parts = urlsplit(url)
    socket = parse_qs(parts.query).get("unix_socket", [""])[0]
    if parts.scheme == "sqlite":
        _fill_file(Path(parts.path), migrate)
    elif socket:
        _fill_schema(socket, parts.path.strip("/"), migrate)
    else:
        migrate()


def _fill_file(target: Path, migrate: Callable[[], None]) -> None:
    migrated = Path(_folder.name) / "db.sqlite3"
    if migrated.exists():
        _copy_file(migrated, target)
    else:
        migrate()
        _copy_file(target, migrated)


def _copy_file(source: Path, target: Path) -> None:
    with sqlite3.connect(source) as origin, sqlite3.connect(target) as copy:
        origin.backup(copy)
    origin.close()
    copy.close()


def _fill_schema(socket: str, target: str, migrate: Callable[[], None]) -> None:
    if socket in _migrated:
        _copy_schema(socket, _migrated[socket], target)
    else:
        migrate()
        _migrated[socket] = f"{target}_migrated"
        _copy_schema(socket, target, _migrated[socket], create=True)


def _copy_schema(socket: str, source: str, target: str, create: bool = False) -> None:
    connection = MySQLdb.connect(unix_socket=socket, user="root", db=source, charset="utf8mb4")
    try:
        cursor = connection.cursor()
        cursor.execute("SET foreign_key_checks = 0, sql_mode = 'NO_AUTO_VALUE_ON_ZERO'")
        if create:
            cursor.execute(f"SHOW CREATE DATABASE {source}")
            cursor.execute(cursor.fetchone()[1].replace(source, target, 1))
        cursor.execute("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")
        for table, _ in cursor.fetchall():
            cursor.execute(f"SHOW CREATE TABLE {source}.{table}")
            statement = cursor.fetchone()[1]
            cursor.execute(f"USE {target}")
            cursor.execute(statement)
            cursor.execute(f"INSERT INTO {target}.{table} SELECT * FROM {source}.{table}")
        connection.commit()
    finally:
        connection.close()
