"""import_users keeps the ids of its rows, and gives no account to another person."""

from typing import Any

import pytest

from accounts.models import User
from tests.accounts.test_import_users import SCRYPT, add, counts, sign_in
from tests.accounts.test_import_users import hashers as hashers  # fixtures here too
from tests.accounts.test_import_users import notes as notes
from tests.source_databases import SourceFile, run_command

pytestmark = pytest.mark.django_db
ID = ["--map", "id=number"]


def with_ids(notes: SourceFile, *rows: tuple[str, int]) -> None:
    notes.run("DROP TABLE user; CREATE TABLE user (number INTEGER, username TEXT, password TEXT)")
    notes.run("INSERT INTO user VALUES (?, ?, ?)", *((n, name, SCRYPT) for name, n in rows))


def test_id_is_kept_and_given_to_accounts_that_lack_it(notes: SourceFile) -> None:
    add(notes, ("alice_writes", SCRYPT))
    run_command("import_users")
    sign_in("alice_writes")
    with_ids(notes, ("alice_writes", 7), ("bob_reads", 8))
    assert counts(run_command("import_users", *ID, "--dry-run")[0]) == [1, 1, 0, 0]
    assert counts(run_command("import_users", *ID)[0]) == [1, 1, 0, 0]
    assert counts(run_command("import_users", *ID)[0]) == [0, 0, 2, 0]
    found = User.objects.order_by("username").values_list("username", "imported_id")
    assert list(found) == [("alice_writes", "7"), ("bob_reads", "8")]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("alice_writes", 9)], "alice_writes: the account here has another id: 7"),
        ([("charlie_1", 7)], "charlie_1: its id is that of another account here: alice_writes"),
        ([("charlie_1", 9), ("erin_edits", 9)], "charlie_1: has the id of another row: 9"),
        ([("charlie_1", None)], "charlie_1: has no id"),
        ([("charlie_1", "x" * 101)], "charlie_1: Ensure this value has at most 100 characters"),
    ],
)
def test_account_is_not_given_to_another_person(
    notes: SourceFile, rows: list[tuple[str, Any]], message: str
) -> None:
    with_ids(notes, ("alice_writes", 7))
    run_command("import_users", *ID)
    with_ids(notes, *rows)
    _out, err, code = run_command("import_users", *ID)
    assert message in err
    assert code == 1
    assert list(User.objects.values_list("username", "imported_id")) == [("alice_writes", "7")]
