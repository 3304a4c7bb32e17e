"""create_user in a pipe; on a terminal in test_create_user_terminal.py."""

import io
import re

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from accounts.models import User
from accounts.validators import check_password_rule
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def pipe(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    return monkeypatch


def create_user(*args: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("create_user", *args, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def refusal(*args: str) -> CommandError:
    with pytest.raises(CommandError) as caught:
        create_user(*args)
    assert "\n" not in str(caught.value)
    return caught.value


def test_strong_password_is_generated_and_printed_once():
    out, err = create_user("alice_writes")
    password = re.search("Password: (.+)", out)[1]
    check_password_rule(password)
    assert User.objects.get().check_password(password)
    assert out.count(password) == 1
    assert password not in err


def test_name_too_short_for_the_form_gets_a_hint():
    out, err = create_user("lqz")
    assert "Account lqz is made." in out
    assert "LOGIN_USERNAME_MIN_LENGTH is 3" in err


def test_a_name_too_long_for_the_form_gets_the_other_hint():
    _, err = create_user("a" * 19)
    assert "LOGIN_USERNAME_MAX_LENGTH is 19" in err


def test_refusal_names_the_field_with_punctuation_of_the_language():
    assert str(refusal("a b")).startswith("user name: A user name has")
    with translation.override("zh-hans"):
        assert str(refusal("a b")).startswith("用户名：")


def test_database_is_named_on_stderr():
    _, err = create_user("alice_writes")
    assert err.startswith(("Writing to SQLite", "Writing to MySQL"))


def test_options_become_fields():
    create_user("dana_staff", "--email", "Dana@EXAMPLE.org", "--superuser")
    dana = User.objects.get()
    assert (dana.email, dana.is_staff, dana.is_superuser) == ("Dana@example.org", True, True)
    create_user("staff1", "--staff")
    assert not User.objects.get(username="staff1").is_superuser


def test_the_password_from_stdin(pipe):
    pipe.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    out, _ = create_user("alice_writes", "--password-stdin")
    assert User.objects.get().check_password(PASSWORD)
    assert PASSWORD not in out


def test_the_password_from_the_environment(settings):
    settings.INKPOOL_NEW_USER_PASSWORD = PASSWORD
    out, _ = create_user("alice_writes")
    assert User.objects.get().check_password(PASSWORD)
    assert PASSWORD not in out


@pytest.mark.parametrize("weak", ["1", "password", "Password1", "", "Alice_Writes1$"])
def test_a_weak_password_is_refused(pipe, weak):
    pipe.setattr("sys.stdin", io.StringIO(weak + "\n"))
    assert refusal("alice_writes", "--password-stdin").returncode == 1
    assert not User.objects.exists()


@pytest.mark.parametrize("words", [[], [""], [" "], ["", "--password-stdin"]])
def test_missing_name_without_terminal_exits_2_with_the_line_to_type(words):
    error = refusal(*words)
    assert error.returncode == 2
    assert "python manage.py create_user NAME" in str(error)


@pytest.mark.parametrize("name", ["alice_writes", "ALICE_WRITES", "alicé_writes"])
def test_a_taken_name_exits_1(name):
    make_user("alice_writes")
    assert "taken" in str(refusal(name))
    assert User.objects.count() == 1


@pytest.mark.parametrize("name", ["a b", "a/b", "x" * 151, "\udcff\udcfe"])
def test_an_impossible_name_exits_1(name):
    assert refusal(name).returncode == 1
    assert not User.objects.exists()


def test_missing_standard_input_asks_no_question(pipe):
    pipe.setattr("sys.stdin", None)
    assert refusal().returncode == 2
    create_user("alice_writes")


def test_a_password_that_is_not_utf8_is_refused(pipe):
    pipe.setattr("sys.stdin", io.StringIO(PASSWORD + "\udcff\n"))
    assert "UTF-8" in str(refusal("alice_writes", "--password-stdin"))


def test_exist_ok_changes_nothing():
    alice = make_user("alice_writes")
    out, _ = create_user("Alice_writes", "--exist-ok", "--superuser")
    assert "exists already" in out
    alice.refresh_from_db()
    assert not alice.is_superuser


def test_exist_ok_makes_a_missing_account():
    create_user("alice_writes", "--exist-ok")
    assert User.objects.exists()


def test_invalid_email_is_named():
    assert "email" in str(refusal("alice_writes", "--email", "nowhere"))


def test_a_name_lost_in_a_race_is_refused_like_a_taken_one(monkeypatch):
    make_user("alice_writes")
    monkeypatch.setattr(User, "set_new_name", lambda user, name: setattr(user, "username", name))
    assert "taken" in str(refusal("alice_writes"))
