import io
import os
import sys

import pexpect
from django.core.management.base import OutputWrapper

from core.cli.console import database_name, progress, say

DRAW = """
import sys, time
from django.core.management.base import OutputWrapper
from core.cli.console import progress
for item in progress(["one", "two"], "Counting", OutputWrapper(sys.stderr), int(sys.argv[1])):
    time.sleep(0.2)
print("done")
"""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def on_a_terminal(verbosity: str) -> str:
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    child = pexpect.spawn(sys.executable, ["-c", DRAW, verbosity], env=environment, timeout=30)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    return child.before.decode()


def test_a_note_is_not_red() -> None:
    stream = Terminal()
    stderr = OutputWrapper(stream)
    stderr.style_func = lambda line: f"red {line}"
    say(stderr, "Writing")
    assert stream.getvalue() == "Writing\n"


def test_a_database_is_named_without_its_password() -> None:
    place = {"NAME": "site", "USER": "alice", "PASSWORD": "secret", "HOST": "db", "PORT": 3306}
    assert database_name("mysql", place) == "MySQL alice@db:3306/site"


def test_a_socket_file_stands_for_the_host() -> None:
    place = {"NAME": "site", "USER": "root", "HOST": "", "PORT": ""}
    place["OPTIONS"] = {"unix_socket": "/run/db.sock"}
    assert database_name("mysql", place) == "MySQL root@/run/db.sock/site"


def test_an_embedded_database_is_named_by_its_file() -> None:
    assert database_name("sqlite", {"NAME": "/srv/db.sqlite3"}) == "SQLite /srv/db.sqlite3"


def test_a_pipe_gets_the_items_and_no_bar() -> None:
    stream = io.StringIO()
    assert list(progress([1, 2], "Counting", OutputWrapper(stream))) == [1, 2]
    assert stream.getvalue() == ""


def test_a_terminal_gets_a_bar() -> None:
    assert "Counting" in on_a_terminal(verbosity="1")


def test_a_quiet_command_draws_nothing() -> None:
    assert on_a_terminal(verbosity="0") == "done\r\n"
