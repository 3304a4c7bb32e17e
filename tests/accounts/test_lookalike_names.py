"""Case: `admin00l` and `аdmin001`, with a Cyrillic а, registered beside `admin001`."""

from importlib import import_module
from io import StringIO

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from accounts.checks import names_that_look_alike
from accounts.lookalike_names import skeleton
from accounts.models import User
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
LOOK_ALIKES = ["admin00l", "adminO01", "adminOOl", "admin0O1", "adrnin001", "ádmin001", "admin00I"]
MIXED = ["\u0430dmin001", "admi\u0578001", "\u03b1dmin001"]  # Cyrillic, Armenian, Greek


def register(client, username):
    form = {"username": username, "pwd": PASSWORD, "pwd_again": PASSWORD}
    return client.post("/register", form)


@pytest.fixture
def admin001(settings):
    settings.INKPOOL_REGISTRATION = "open"
    return make_user("admin001")


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_name_that_looks_like_another_is_refused(client, admin001, name):
    errors = register(client, name).context["form"].errors
    assert set(errors) == {"username"}
    assert User.objects.count() == 1


@pytest.mark.parametrize("name", MIXED)
def test_name_of_mixed_scripts_is_refused_by_the_names_of_the_scripts(client, admin001, name):
    (error,) = register(client, name).context["form"].errors["username"]
    assert "Latin" in error
    assert User.objects.count() == 1


def test_name_of_another_script_alone_may_look_like_no_latin_one(client, admin001):
    make_user("paxcope")
    answer = register(client, "\u0440\u0430\u0445\u0441\u043e\u0440\u0435")
    assert "looks like" in answer.context["form"].errors["username"][0]


@pytest.mark.parametrize(
    "name", ["墨水池の作者们", "墨水池ink2026", "чернила", "admin002", "ink_писать"[:4] + "pool"]
)
def test_other_names_are_accepted(client, admin001, name):
    assert register(client, name).status_code == 302


def test_second_of_two_simultaneous_registrations_fails_in_the_database(admin001):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_user("admin00l")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(username="admin00l")])


def test_create_user_refuses_a_look_alike(admin001):
    with pytest.raises(CommandError, match="looks like"):
        call_command("create_user", "admin00l", "--noinput", stdout=StringIO(), stderr=StringIO())


def test_admin_refuses_a_look_alike(dana_client, admin001):
    dana_client.post("/account/confirm/", {"present_pwd": PASSWORD})
    form = {"username": "admin00l", "usable_password": "true", "display_name": "", "email": ""}
    form |= {"password1": PASSWORD, "password2": PASSWORD}
    answer = dana_client.post("/admin/accounts/user/add/", form)
    assert answer.status_code == 200
    assert not User.objects.filter(username="admin00l").exists()


def test_renamed_account_gives_its_look_free(admin001):
    admin001.username = "writer7"
    admin001.save(update_fields=["username"])
    make_user("admin00l")


def test_account_renamed_by_case_alone_keeps_its_own_look(db, client):
    account = make_user("Ilexis1")
    account.username = "ilexis1"
    account.save()
    account.refresh_from_db()
    assert account.look_key == skeleton("ilexis1")
    with pytest.raises(ValidationError):
        User(username="ilexisl", password="x").full_clean()


class TestAccountsOfBefore:
    @pytest.fixture
    def pair(self, admin001):
        """Two look-alikes from before the column, and the migration that fills it."""
        other = make_user("another")
        User.objects.filter(pk=other.pk).update(username="admin00l", name_key="admin00l")
        User.objects.update(look_key=None)
        import_module("accounts.migrations.0006_look_key").fill(apps, None)
        return admin001, other

    def test_first_has_the_look_and_both_stay(self, pair):
        looks = list(User.objects.order_by("pk").values_list("look_key", flat=True))
        assert looks == [skeleton("admin001"), None]

    def test_check_names_the_later_one(self, pair):
        (warning,) = names_that_look_alike(None, databases=["default"])
        assert "admin00l" in warning.msg and "admin001" not in warning.msg

    def test_later_one_can_still_be_saved(self, pair):
        later = User.objects.get(username="admin00l")
        later.display_name = "Second"
        later.full_clean()
        later.save()
        later.refresh_from_db()
        assert (later.display_name, later.look_key) == ("Second", None)

    def test_no_third_one_is_added(self, pair, client):
        assert register(client, "adminO0l").status_code == 200
        assert User.objects.count() == 2


def test_check_is_silent_without_such_accounts(admin001):
    assert names_that_look_alike(None, databases=["default"]) == []
