"""Lines and progress bars on stderr; stdout keeps a command's result (Flask: click.echo(err=True)).

The database that is written to is named without its password. A progress bar is drawn on a
terminal only, so a pipe or a log gets no control characters.
"""

import signal
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from django.core.management.base import OutputWrapper
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import track

T = TypeVar("T")
INTERRUPTED = 128 + signal.SIGINT  # the exit code by which shells report Ctrl-C


def say(stderr: OutputWrapper, line: str) -> None:
    """Write a line that is no error: without the red that Django gives stderr on a terminal."""
    stderr.write(line, style_func=str)


def say_database(stderr: OutputWrapper, using: str = DEFAULT_DB_ALIAS) -> None:
    """Name on stderr the database that the command is going to write to."""
    connection = connections[using]
    name = database_name(connection.vendor, connection.settings_dict)
    say(stderr, _("Writing to %(database)s") % {"database": name})


def database_name(vendor: str, config: dict[str, Any]) -> str:
    """Return `SQLite /path/db.sqlite3` or `MySQL user@host:port/name`, never the password."""
    if vendor == "sqlite":
        return f"SQLite {config['NAME']}"
    place = config["HOST"] or config.get("OPTIONS", {}).get("unix_socket") or "localhost"
    port = f":{config['PORT']}" if config["PORT"] else ""
    return f"MySQL {config['USER']}@{place}{port}/{config['NAME']}"


def progress(
    items: Sequence[T], label: str, stderr: OutputWrapper, verbosity: int = 1
) -> Iterator[T]:
    """Yield the items, with a bar on the terminal that vanishes at the end."""
    if verbosity < 1 or not stderr.isatty():
        return iter(items)
    return iter(track(items, label, console=Console(stderr=True), transient=True))
