"""The file of LOGIN_LEAKED_PASSWORDS: searched, checked, and refused when it is something else."""

import hashlib
import io

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from accounts.checks import leaked_passwords_usable
from accounts.leaked_passwords import contains, is_leaked
from tests.factories import PASSWORD


def digest(password: str) -> str:
    return hashlib.sha1(password.encode()).hexdigest().upper()


@pytest.fixture
def listed(settings, tmp_path):
    """Gives the site a file of these lines, and returns its path."""

    def listed(*lines: str, end: str = "\r\n"):
        path = tmp_path / "hashes.txt"
        path.write_bytes("".join(line + end for line in lines).encode())
        settings.INKPOOL_LOGIN_LEAKED_PASSWORDS = str(path)
        return path

    return listed


def counted(*passwords: str) -> list[str]:
    return sorted(f"{digest(each)}:{number}" for number, each in enumerate(passwords))


@given(
    st.sets(st.binary(min_size=1, max_size=3), max_size=40),
    st.binary(min_size=1, max_size=3),
    st.sampled_from([b"\r\n", b"\n"]),
)
def test_search_finds_exactly_the_listed_hashes(words, other, end):
    digests = sorted(hashlib.sha1(word).hexdigest().upper().encode() for word in words)
    lines = [each + b":%d" % (7 ** (place % 9)) + end for place, each in enumerate(digests)]
    file = io.BytesIO(b"".join(lines).removesuffix(end))
    assert all(contains(file, each) for each in digests)
    assert contains(file, hashlib.sha1(other).hexdigest().upper().encode()) is (other in words)


def test_leaked_password_is_refused_where_one_is_chosen(listed):
    listed(*counted(PASSWORD, "other"))
    with pytest.raises(ValidationError, match="stolen from other sites"):
        validate_password(PASSWORD)
    validate_password("Another2026$!")


def test_hashes_may_be_in_lower_case_and_without_counts(listed):
    listed(*(line.lower().split(":")[0] for line in counted(PASSWORD, "other")), end="\n")
    assert is_leaked(PASSWORD)
    assert not is_leaked("Another2026$!")


@pytest.mark.django_db
def test_leaked_password_signs_in_once_and_must_be_changed(client, alice, listed):
    listed(*counted(PASSWORD))
    assert client.post("/login", {"name": "alice_writes", "pwd": PASSWORD}).status_code == 302
    assert client.get("/account/profile/")["Location"] == "/account/password/"


def test_check_accepts_a_sorted_file_and_no_file(listed, settings):
    listed(*counted(*map(str, range(500))))
    assert leaked_passwords_usable() == []
    settings.INKPOOL_LOGIN_LEAKED_PASSWORDS = ""
    assert leaked_passwords_usable() == []


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ([], "is empty"),
        (["password", "letmein"], "no SHA-1 hash"),
        (["0" * 32], "no SHA-1 hash"),
        (counted(*map(str, range(500)))[::-1], "is not sorted"),
    ],
)
def test_check_names_a_file_of_something_else(listed, lines, fault):
    path = listed(*lines)
    (error,) = leaked_passwords_usable()
    assert error.id == "accounts.E001"
    assert str(path) in error.msg
    assert fault in error.msg


@pytest.mark.django_db
def test_missing_file_is_named_refuses_new_passwords_and_shuts_out_no_user(
    client, alice, listed, caplog
):
    listed().unlink()
    assert "cannot be read" in leaked_passwords_usable()[0].msg
    with pytest.raises(ValidationError, match="cannot be checked at the moment"):
        validate_password("Another2026$!")
    assert client.post("/login", {"name": "alice_writes", "pwd": PASSWORD}).status_code == 302
    assert client.get("/account/profile/").status_code == 200
    assert "LOGIN_LEAKED_PASSWORDS" in caplog.text
