"""A new password ends all sessions except that of the page where it was changed."""

import io
from unittest.mock import patch

import pytest
from django.core.management import call_command

from accounts.models import LoginSession, User
from tests.accounts.conftest import Device, lives
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
NEW = "Other2026$!"


def by_save(alice):
    alice.set_password(NEW)
    alice.save()


def by_one_field(alice):
    alice.set_password(NEW)
    alice.save(update_fields=["password"])


def by_update(alice):
    alice.set_password(NEW)
    User.objects.filter(username="alice_writes").update(password=alice.password)


def by_command(alice):
    with patch("getpass.getpass", return_value=NEW):
        call_command("changepassword", "alice_writes", stdout=io.StringIO())


def in_the_admin(alice):
    dana = Device()
    make_user("dana_staff", is_staff=True, is_superuser=True)
    dana.sign_in("dana_staff")
    fields = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    answer = dana.post(f"/admin/accounts/user/{alice.pk}/password/", fields)
    assert answer.status_code == 302
    assert dana.is_signed_in()


CHANGES = [by_save, by_one_field, by_update, by_command, in_the_admin]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_another_password_ends_all_sessions(alice, bob, device, committed, change):
    desk, phone, bobs = device(), device(), device("bob_reads")
    with committed():
        change(alice)
    assert not lives(desk.id_hash) and not lives(phone.id_hash)
    assert not LoginSession.objects.filter(user=alice).exists()
    assert not desk.is_signed_in()
    assert bobs.is_signed_in()


def test_password_change_page_keeps_the_present_device(device, committed):
    desk, phone = device(), device()
    with committed():
        fields = {"old_pwd": PASSWORD, "pwd": NEW, "pwd_again": NEW}
        assert desk.post("/account/password/", fields).status_code == 302
    assert not lives(phone.id_hash)
    assert desk.is_signed_in() and not phone.is_signed_in()
    assert [row.id_hash for row in LoginSession.objects.all()] == [desk.id_hash]


def test_own_password_change_in_admin_keeps_the_present_device(store, committed):
    dana = make_user("dana_staff", is_staff=True, is_superuser=True)
    desk, phone = Device(), Device()
    desk.sign_in("dana_staff")
    phone.sign_in("dana_staff")
    fields = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    with committed():
        answer = desk.post(f"/admin/accounts/user/{dana.pk}/password/", fields)
    assert answer.status_code == 302
    assert desk.is_signed_in() and not phone.is_signed_in()


def test_a_refused_change_ends_nothing(device, committed):
    desk, phone = device(), device()
    with committed():
        desk.post("/account/password/", {"old_pwd": "Wrong2026$!", "pwd": NEW, "pwd_again": NEW})
    assert phone.is_signed_in()
