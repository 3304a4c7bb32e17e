"""Databases of other applications, from which tests import, and the commands that import them."""

import sqlite3
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import CommandError, call_command

VARIABLE = "FLASK_DATABASE_URL"


class SourceFile:
    """A SQLite database, which the variable FLASK_DATABASE_URL names."""

    def __init__(self, path: Path, monkeypatch: Any) -> None:
        self.path = path
        monkeypatch.setenv(VARIABLE, f"sqlite:///{path}")

    def run(self, sql: str, *rows: tuple[Any, ...]) -> None:
        connection = sqlite3.connect(self.path)
        with connection:
            if rows:
                connection.executemany(sql, rows)
            else:
                connection.executescript(sql)
        connection.close()


def run_command(name: str, *options: str) -> tuple[str, str, int]:
    """The result on stdout, the lines on stderr with the error, and the exit code."""
    out, err, code = StringIO(), StringIO(), 0
    try:
        call_command(name, "--database", VARIABLE, *options, stdout=out, stderr=err)
    except CommandError as error:
        err.write(f"{error}\n")
        code = error.returncode
    return out.getvalue().strip(), err.getvalue(), code
