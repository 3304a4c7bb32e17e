"""import_users refuses names that clash, and says how an account gets a password."""

from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from tests.factories import make_user
from tests.source_databases import SourceFile, run_command

pytestmark = pytest.mark.django_db


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: Any) -> SourceFile:
    source = SourceFile(tmp_path / "notes.sqlite3", monkeypatch)
    source.run("CREATE TABLE user (username TEXT, password TEXT, mail TEXT)")
    return source


def add(notes: SourceFile, *names: str) -> None:
    notes.run("INSERT INTO user VALUES (?, '', 'alice@example.org')", *((name,) for name in names))


def test_names_that_look_alike_are_named_before_anything_is_written(notes: SourceFile) -> None:
    make_user("bob_reads1")
    add(notes, "alice_1", "alice_l", "bob_readsl", "charlie_1")
    for options in ([], ["--dry-run"]):
        _out, err, code = run_command("import_users", *options)
        assert "alice_1: looks like the names of others: alice_1, alice_l" in err
        assert "alice_l: looks like the names of others: alice_1, alice_l" in err
        assert "bob_readsl: This user name looks like that of another account." in err
        assert (code, User.objects.count()) == (1, 1)
    run_command("import_users", "--skip")
    assert User.objects.filter(imported_from="notes").get().username == "charlie_1"


def test_new_row_that_looks_like_an_imported_one_leaves_that_alone(notes: SourceFile) -> None:
    add(notes, "alice_1")
    run_command("import_users")
    add(notes, "alice_l")
    _out, err, _code = run_command("import_users", "--dry-run")
    assert "alice_l: This user name looks like that of another account." in err
    assert "alice_1: " not in err


def test_many_rows_with_one_name_are_named_shortly(notes: SourceFile) -> None:
    add(notes, *["alice_writes"] * 300)
    _out, err, _code = run_command("import_users")
    assert "300 rows were refused." in err
    assert max(map(len, err.splitlines())) < 500


def test_progress_shows_while_rows_are_judged_and_stored(
    notes: SourceFile, monkeypatch: Any
) -> None:
    def progress(items: Any, label: str, *options: Any) -> Any:
        labels.append(label)
        return iter(items)

    labels: list[str] = []
    monkeypatch.setattr("accounts.management.commands.import_users.progress", progress)
    add(notes, "alice_writes")
    run_command("import_users")
    assert labels == ["Checking", "Importing"]


@pytest.mark.parametrize(
    ("sends_mail", "words", "way"),
    [
        (True, ["email=mail"], "the account needs a reset by mail"),
        (True, ["password=password"], "has no address for a reset by mail, so the team must"),
        (False, ["email=mail"], "this site sends no mail, so its team must set a password"),
    ],
)
def test_report_says_how_an_account_without_a_password_gets_one(
    notes: SourceFile, settings: Any, sends_mail: bool, words: list[str], way: str
) -> None:
    settings.INKPOOL_SENDS_MAIL = sends_mail
    add(notes, "alice_writes")
    _out, err, _code = run_command("import_users", "--map", *words)
    assert way in err
