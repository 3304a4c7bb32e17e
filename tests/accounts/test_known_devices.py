"""Case: 11 addresses try 10 wrong passwords each, and Alice still signs in on her own device."""

import pytest
from django.test import Client

from accounts.known_devices import MAX_AGE
from accounts.login_guard import KNOWN_DEVICE, count_attempt
from accounts.models import EndedDevice, LoginSession
from tests.factories import PASSWORD, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("one_window")]
WRONG = "Wrong2026$!"
NEW = "Other2026$!"


def post(client, pwd=PASSWORD, name="alice_writes", address="127.0.0.1"):
    return client.post("/login", {"name": name, "pwd": pwd}, REMOTE_ADDR=address)


def attack(name="alice_writes"):
    """Use up the attempts that all devices share which have not signed in to the account."""
    for number in range(110):
        count_attempt(name, f"10.0.{number // 10}.1")


def signed_out(client):
    client.post("/logout")
    return client


@pytest.fixture
def own_device(alice):
    client = Client()
    assert post(client).status_code == 302
    return client


def test_known_device_signs_in_while_others_are_shut_out(own_device):
    signed_out(own_device)
    for number in range(110):
        post(Client(), WRONG, address=f"10.0.{number // 10}.1")
    assert post(Client(), address="10.9.9.9").status_code == 429
    assert post(own_device).status_code == 302


def test_known_device_has_attempts_of_its_own_at_the_attackers_address_too(own_device):
    signed_out(own_device)
    for number in range(60):
        post(Client(), WRONG, f"user{number}")
    assert post(own_device).status_code == 302


def test_known_device_may_not_guess_without_end(own_device):
    signed_out(own_device)
    for _ in range(KNOWN_DEVICE.attempts):
        assert post(own_device, WRONG).status_code == 200
    assert post(own_device).status_code == 429
    assert post(Client(), address="10.0.0.2").status_code == 302


def test_signed_in_user_changes_the_password_under_attack(own_device):
    attack()
    form = {"old_pwd": PASSWORD, "pwd": NEW, "pwd_again": NEW}
    assert own_device.post("/account/password/", form).status_code == 302
    assert post(signed_out(own_device), NEW).status_code == 302


def test_cookie_is_bound_to_its_account(own_device):
    make_user("robert")
    signed_out(own_device)
    attack("robert")
    assert post(own_device, name="robert", address="10.9.9.9").status_code == 429


def test_cookie_ends_with_the_password_of_its_account(own_device, alice):
    signed_out(own_device)
    alice.set_password(NEW)
    alice.save()
    attack()
    assert post(own_device, NEW, address="10.9.9.9").status_code == 429


@pytest.mark.parametrize("ends_all", [True, False], ids=["all others", "one"])
def test_cookie_of_an_ended_device_counts_no_more(own_device, alice, ends_all):
    phone = Client()
    post(phone)
    row = LoginSession.objects.get(id_hash=phone.session.id_hash)
    own_device.post(f"/account/sessions/{'' if ends_all else f'{row.pk}/'}end/")
    attack()
    assert post(phone, address="10.9.9.9").status_code == 429
    assert post(signed_out(own_device)).status_code == 302


def test_device_ended_in_the_admin_counts_no_more(own_device, dana_client):
    row = LoginSession.objects.get(id_hash=own_device.session.id_hash)
    action = {"action": "end_sessions", "_selected_action": [row.pk]}
    dana_client.post("/admin/accounts/loginsession/", action)
    assert EndedDevice.objects.count() == 1
    attack()
    assert post(own_device, address="10.9.9.9").status_code == 429


@pytest.mark.parametrize("text", ["x", "x:y:z", "\x00", "W10:1abc:sig"])
def test_forged_cookie_counts_as_none(alice, text):
    client = Client()
    client.cookies["device"] = text
    assert post(client).status_code == 302
    attack()
    client.cookies["device"] = text
    assert post(signed_out(client), address="10.9.9.9").status_code == 429


@pytest.mark.parametrize("https", [True, False])
def test_cookie_is_hidden_from_scripts_and_other_sites(alice, settings, https):
    settings.SESSION_COOKIE_SECURE = https
    cookie = post(Client()).cookies["device"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert (bool(cookie["secure"]), cookie["max-age"]) == (https, MAX_AGE)


def test_device_keeps_its_id_over_sign_ins(own_device):
    first = own_device.session["device"]
    post(signed_out(own_device))
    assert own_device.session["device"] == first


def test_failed_sign_in_sends_no_cookie(alice):
    assert "device" not in post(Client(), WRONG).cookies
