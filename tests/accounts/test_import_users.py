"""import_users, from SQLite files and from one MariaDB."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from django.test import Client

from accounts.models import User
from accounts.werkzeug_hasher import WerkzeugPasswordHasher
from deploy.private_servers import Services, with_connection
from tests.factories import PASSWORD, make_user
from tests.source_databases import VARIABLE, SourceFile, run_command

pytestmark = pytest.mark.django_db
# generate_password_hash("Inkpool2026$!", method) of werkzeug 3.1
SCRYPT = WerkzeugPasswordHasher().encode(PASSWORD, "Xq1Ws2Ed3Rf4Tg5Y").partition("$")[2]


@pytest.fixture(autouse=True)
def hashers(settings: Any) -> None:
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher",
        "accounts.werkzeug_hasher.WerkzeugPasswordHasher",
    ]


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: Any) -> SourceFile:
    source = SourceFile(tmp_path / "notes.sqlite3", monkeypatch)
    source.run("CREATE TABLE user (username TEXT, password TEXT)")
    return source


def add(notes: SourceFile, *rows: tuple[Any, Any]) -> None:
    notes.run("INSERT INTO user (username, password) VALUES (?, ?)", *rows)


def counts(out: str) -> list[int]:
    return [int(word) for word in out.partition(":")[2].split() if word.isdecimal()]


def sign_in(name: str, password: str = PASSWORD) -> tuple[Client, Any]:
    client = Client()
    return client, client.post("/login", {"name": name, "pwd": password})


def test_hash_of_werkzeug_signs_in_and_becomes_one_of_this_site(notes: SourceFile) -> None:
    add(notes, ("alice_writes", SCRYPT))
    out, err, code = run_command("import_users")
    assert (counts(out), code) == ([1, 0, 0, 0], 0)
    assert err.startswith("Writing to ")
    assert sign_in("alice_writes")[1].status_code == 302
    assert User.objects.get().password.startswith("md5$")
    assert sign_in("alice_writes")[1].status_code == 302


def test_readable_password_must_be_changed_before_any_other_page(notes: SourceFile) -> None:
    add(notes, ("alice_writes", PASSWORD))
    assert "alice_writes: its password was readable" in run_command("import_users")[1]
    assert PASSWORD not in User.objects.get().password
    client, _answer = sign_in("alice_writes")
    for path in ("/account/profile/", "/articles/mine/", "/", "/admin/"):
        assert client.get(path)["Location"] == "/account/password/", path
    assert client.post("/articles/new/", {"title": "x"})["Location"] == "/account/password/"
    page = client.get("/account/password/")
    assert "which stored this password readably" in page.text
    new = {"old_pwd": PASSWORD, "pwd": "Another2026$!", "pwd_again": "Another2026$!"}
    assert client.post("/account/password/", new)["Location"] == "/account/profile/"
    assert client.get("/account/profile/").status_code == 200
    assert User.objects.get().password_state == ""


def test_signing_out_and_the_language_stay_open(notes: SourceFile) -> None:
    add(notes, ("alice_writes", PASSWORD))
    run_command("import_users")
    client, _answer = sign_in("alice_writes")
    answer = client.post("/language/", {"language": "zh-hans", "next": "/account/password/"})
    assert answer.status_code == 302
    answer = client.get("/articles/mine/", headers={"accept": "application/json"})
    assert answer.status_code == 403
    assert client.post("/logout")["Location"] == "/"
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("123456", "the sign-in form refuses its password"),
        ("", "has no password"),
        (None, "has no password"),
        ("e10adc3949ba59abbe56e057f20f883e", "its hash is of an unknown form"),
        ("$2b$12$abcdefghijklmnopqrstuv", "its hash is of an unknown form"),
        ("pbkdf2:sha256$salt$00ff", "its hash is damaged"),
        (b"scrypt:32768:8:1$\xff$00ff", "its hash is damaged"),
        ("scrypt:33554432:8:1$salt$00ff", "asks for 34,359,738,368 bytes of memory"),
        ("scrypt:16384:8:512$salt$00ff", "asks for 67,108,864 rounds"),
        ("pbkdf2:sha256:900000000$salt$00ff", "asks for 900,000,000 rounds"),
    ],
)
def test_unusable_password_needs_a_reset(notes: SourceFile, password: Any, why: str) -> None:
    add(notes, ("alice_writes", password))
    _out, err, code = run_command("import_users")
    line = next(line for line in err.splitlines() if line.startswith("alice_writes: "))
    assert why in line
    assert line.endswith("this site sends no mail, so its team must set a password")
    user = User.objects.get()
    assert (user.password_state, user.has_usable_password(), code) == ("reset", False, 0)


def test_hostile_hash_in_the_table_verifies_nothing() -> None:
    assert not check_password("x", "werkzeug$scrypt:33554432:8:1$salt$00ff")
    assert not check_password("x", "werkzeug$")


def test_refused_names_are_named_and_nothing_is_written(notes: SourceFile) -> None:
    make_user("bob_reads")
    rows = ["lqz", "alice_writes", "ALICE_writes", "bob_reads", "dana staff", "charlie_1"]
    add(notes, *((name, SCRYPT) for name in rows))
    out, err, code = run_command("import_users")
    assert (out, code) == ("", 1)
    assert "lqz: The user name must have 6 to 18 characters." in err
    assert "alice_writes: is one name with others: alice_writes, ALICE_writes" in err
    assert "bob_reads: another account here has this name" in err
    assert "dana staff: A user name has letters" in err
    assert err.endswith("5 rows were refused. Nothing was written.\n")
    assert User.objects.count() == 1
    out, _err, code = run_command("import_users", "--skip")
    assert (counts(out), code) == ([1, 0, 0, 5], 1)
    assert User.objects.filter(username="charlie_1").exists()


def test_importing_again_follows_accounts_that_were_never_used(notes: SourceFile) -> None:
    add(notes, ("alice_writes", SCRYPT), ("bob_reads", PASSWORD), ("dana_staff", "123456"))
    run_command("import_users")
    before = list(User.objects.values())
    assert counts(run_command("import_users")[0]) == [0, 0, 3, 0]
    assert list(User.objects.values()) == before
    sign_in("alice_writes")
    notes.run("UPDATE user SET password = 'Another2026$!'")
    assert counts(run_command("import_users")[0]) == [0, 2, 1, 0]
    states = User.objects.order_by("username").values_list("password_state", flat=True)
    assert list(states) == ["", "change", "change"]
    assert User.objects.get(username="alice_writes").check_password(PASSWORD)


def test_dry_run_writes_nothing(notes: SourceFile) -> None:
    add(notes, ("alice_writes", SCRYPT))
    out, _err, _code = run_command("import_users", "--dry-run")
    assert out.startswith("Dry run, nothing was written. 1 row: 1 new")
    assert not User.objects.exists()


def test_map_names_table_and_columns(notes: SourceFile) -> None:
    notes.run(
        "CREATE TABLE contact (id INTEGER, address TEXT);"
        "CREATE TABLE members (login TEXT, pw_hash TEXT, nick TEXT, contact_id INTEGER);"
        "INSERT INTO contact VALUES (7, 'alice@EXAMPLE.org');"
        f"INSERT INTO members VALUES ('alice_writes', '{SCRYPT}', ' Alice  A ', 7)"
    )
    words = ["table=members", "username=login", "password=pw_hash", "display_name=nick"]
    run_command("import_users", "--map", *words, "email=contact_id:contact.address")
    user = User.objects.get()
    assert (user.display_name, user.email) == ("Alice A", "alice@example.org")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["table=members"], 1, "no table members; it has user."),
        (["password=hash"], 1, "The table user has no column hash; it has username, password."),
        (["mail=x"], 2, "--map has no name mail; there are table, username, password, email"),
        (["username"], 2, "--map username is not of the form name=column."),
        (["email=a", "email=b"], 2, "--map gives email twice."),
        (["email=a.b"], 2, "--map has a.b, which is neither a column nor column:table.column."),
        (["password="], 2, "--map must give a column for password."),
    ],
)
def test_wrong_map_is_named(notes: SourceFile, words: list[str], code: int, message: str) -> None:
    _out, err, found = run_command("import_users", "--map", *words)
    assert message in err
    assert found == code


def test_database_is_named_by_a_variable_or_a_file(
    notes: SourceFile, tmp_path: Path, monkeypatch: Any
) -> None:
    add(notes, ("alice_writes", SCRYPT))
    url = tmp_path / "url"
    url.write_text(f"sqlite:///{notes.path}\n")
    monkeypatch.delenv(VARIABLE)
    assert f"{VARIABLE} is not set" in run_command("import_users")[1]
    monkeypatch.setenv(f"{VARIABLE}_FILE", str(url))
    assert run_command("import_users")[2] == 0


def test_database_that_cannot_be_opened_is_named(notes: SourceFile) -> None:
    notes.path.unlink()
    _out, err, code = run_command("import_users")
    assert "The database that FLASK_DATABASE_URL names cannot be read" in err
    assert code == 1
    assert not notes.path.exists()


def test_users_of_a_mariadb_are_read(servers: Services, monkeypatch: Any) -> None:
    url = servers.new_database()
    name = url.split("?")[0].rpartition("/")[2]
    with_connection(
        servers.mariadb_socket,
        f"CREATE TABLE {name}.user SELECT 'alice_writes' username, '{SCRYPT}' password",
    )
    monkeypatch.setenv(VARIABLE, url)
    out, _err, _code = run_command("import_users")
    assert counts(out) == [1, 0, 0, 0]
    assert User.objects.get().imported_from == name
    assert sign_in("alice_writes")[1].status_code == 302
