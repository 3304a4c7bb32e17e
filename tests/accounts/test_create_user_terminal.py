"""create_user on a terminal: a real pty and a database of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from tests.factories import PASSWORD

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    path = tmp_path_factory.mktemp("terminal") / "db.sqlite3"
    env = {"PATH": os.environ["PATH"], "TERM": "xterm", "DATABASE_URL": f"sqlite:///{path}"}
    migrate = [sys.executable, "manage.py", "migrate", "-v0"]
    subprocess.run(migrate, cwd=ROOT, env=env, check=True)
    return env


@pytest.fixture
def terminal(environment):
    children = []

    def start(*args: str) -> pexpect.spawn:
        command = ["manage.py", "create_user", *args]
        child = pexpect.spawn(
            sys.executable, command, cwd=ROOT, env=environment, encoding="utf-8", timeout=30
        )
        children.append(child)
        return child

    yield start
    for child in children:
        child.close(force=True)


def finish(child: pexpect.spawn) -> int:
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus


def test_the_password_is_asked_for_twice(terminal):
    child = terminal("alice_writes")
    child.expect("Password .*: ")
    child.sendline(PASSWORD)
    child.expect("again.*: ")
    child.sendline(PASSWORD)
    child.expect("Account alice_writes is made.")
    assert finish(child) == 0
    assert PASSWORD not in child.before


def test_a_weak_or_mistyped_password_is_asked_for_again(terminal):
    child = terminal("robert")
    child.expect("Password .*: ")
    child.sendline("weak")
    child.expect("at least 8 characters")
    child.expect("Password .*: ")
    child.sendline(PASSWORD)
    child.expect("again.*: ")
    child.sendline(PASSWORD + "x")
    child.expect("differ")
    child.expect("Password .*: ")
    child.sendline("")
    child.expect("Account robert is made.")
    child.expect("Password: .{16}")
    assert finish(child) == 0


def test_missing_name_is_asked_for_until_it_is_valid(terminal):
    child = terminal()
    child.expect("User name: ")
    child.sendline("a b")
    child.expect("letters, digits")
    child.expect("User name: ")
    child.sendline("charlie")
    child.expect("Password .*: ")
    child.sendline("")
    child.expect("Account charlie is made.")
    assert finish(child) == 0


@pytest.mark.parametrize("key", ["\x03", "\x04"])
def test_ctrl_c_and_ctrl_d_create_no_account(terminal, key):
    child = terminal("unknown1")
    child.expect("Password .*: ")
    child.send(key)
    child.expect("Cancelled; no account was made.")
    assert finish(child) == 1


def test_noinput_asks_nothing(terminal):
    child = terminal("noinput1", "--noinput")
    child.expect("Password: .{16}")
    assert finish(child) == 0
