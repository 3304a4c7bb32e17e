"""A new e-mail address: confirmed by its owner, told to the old one, undone for 72 hours."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from post_office.models import Email

from accounts.imported_users import email_of
from accounts.login_guard import CONFIRMATION, CONFIRMED_ADDRESS
from accounts.mail_links import UNDO
from accounts.models import MailLink, User
from tests.accounts.conftest import link_in
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
OLD, NEW = "alice@example.org", "new@example.org"


@pytest.fixture
def alice(sends_mail):
    return make_user("alice_writes", email=OLD)


def change_to(client, address):
    return client.post("/account/profile/", {"display_name": "A", "bio": "", "email": address})


def address():
    return User.objects.get(username="alice_writes").email


@pytest.fixture
def owner(device):
    return device()


@pytest.fixture
def undo(owner, delivered):
    """The path of the link that the old address was sent after a change."""
    change_to(owner, NEW)
    (mail,) = delivered()
    assert owner.post(link_in(mail)).status_code == 302
    (notice,) = delivered()
    assert notice.to == [OLD]
    return link_in(notice)


def test_address_changes_when_its_owner_confirms_it(owner, delivered):
    assert change_to(owner, NEW).status_code == 302
    assert address() == OLD
    (mail,) = delivered()
    assert mail.to == [NEW]
    link = link_in(mail)
    assert owner.get(link).status_code == 200
    assert address() == OLD  # a mail server may fetch links beforehand
    assert owner.post(link).status_code == 302
    assert address() == NEW
    assert owner.get(link).status_code == owner.post(link).status_code == 410


def test_other_fields_of_the_profile_are_saved_at_once(owner, alice):
    change_to(owner, NEW)
    assert User.objects.get().display_name == "A"


def test_confirmation_expires_after_a_day(owner, delivered):
    change_to(owner, NEW)
    (mail,) = delivered()
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        assert owner.post(link_in(mail)).status_code == 410
    assert address() == OLD


def test_pending_change_is_void_after_a_new_password(owner, alice, delivered):
    change_to(owner, NEW)
    (mail,) = delivered()
    alice.set_password("Another2026$!")
    alice.save()
    assert owner.post(link_in(mail)).status_code == 410
    assert address() == OLD


def test_undo_takes_the_address_back_ends_sessions_and_leads_to_a_new_password(owner, undo):
    visitor = Client()
    assert visitor.get(undo).status_code == 200
    assert address() == NEW
    answer = visitor.post(undo)
    assert answer["Location"].startswith("/account/password/reset/")
    assert address() == OLD
    assert not owner.is_signed_in()
    new = {"pwd": "Another2026$!", "pwd_again": "Another2026$!"}
    assert visitor.post(answer["Location"], new).status_code == 302
    assert User.objects.get().check_password("Another2026$!")
    assert visitor.post(undo).status_code == 410


def test_undo_outlives_a_change_of_the_password_but_not_72_hours(alice, undo):
    alice.refresh_from_db()
    alice.set_password("Another2026$!")
    alice.save()
    with time_machine.travel(timezone.now() + timedelta(hours=73)):
        assert Client().post(undo).status_code == 410
    with time_machine.travel(timezone.now() + timedelta(hours=71)):
        assert Client().post(undo).status_code == 302
    assert address() == OLD


@pytest.mark.parametrize("next_address", [OLD, "third@example.org", ""])
def test_address_of_an_attacker_gets_no_link_back_to_the_account(
    owner, undo, delivered, next_address
):
    """The owner changes the attacker's address instead of following the first link."""
    change_to(owner, next_address)
    mails = delivered()
    if next_address:
        owner.post(link_in(mails.pop()))
        mails = delivered()
    assert address() == next_address
    (notice,) = mails
    assert notice.to == [NEW]
    assert "http" not in notice.body
    assert MailLink.objects.filter(purpose=UNDO).count() == 1
    assert Client().post(undo).status_code == 302
    assert address() == OLD


def test_address_that_the_account_had_for_72_hours_gets_a_link_again(owner, undo, delivered):
    with time_machine.travel(timezone.now() + timedelta(hours=73)):
        owner.sign_in()
        change_to(owner, "")
        (notice,) = delivered()
        assert notice.to == [NEW]
        assert Client().post(link_in(notice)).status_code == 302
    assert address() == NEW


def test_notice_names_the_new_address_only_in_part(owner, delivered):
    change_to(owner, NEW)
    (mail,) = delivered()
    owner.post(link_in(mail))
    (notice,) = delivered()
    assert NEW not in notice.body
    assert "n…@example.org" in notice.body


def test_removed_address_is_told_and_can_be_taken_back(owner, delivered):
    change_to(owner, "")
    assert address() == ""
    (notice,) = delivered()
    assert notice.to == [OLD]
    Client().post(link_in(notice))
    assert address() == OLD


def test_site_without_mail_changes_the_address_at_once(owner, settings):
    settings.INKPOOL_SENDS_MAIL = False
    change_to(owner, NEW)
    assert address() == NEW
    assert not Email.objects.exists()


def test_address_that_the_queue_would_divide_is_refused(owner):
    answer = change_to(owner, '"a,victim@example.org,b"@example.org')
    assert answer.context["form"].errors["email"]
    assert not Email.objects.exists()


@pytest.mark.parametrize("local", ['"a,b"', '"a<b>c"'])
def test_account_is_made_without_such_an_address(local):
    bob = User(username="bob_reads", email=f"{local}@example.org")
    with pytest.raises(ValidationError, match="quotation marks"):
        bob.full_clean(exclude=["password"])
    with pytest.raises(ValidationError, match="quotation marks"):
        email_of(bob.email)


def test_password_changes_though_the_account_has_such_an_address(owner, delivered):
    User.objects.update(email='"a<b>c"@example.org')
    new = {"old_pwd": PASSWORD, "pwd": "Another2026$!", "pwd_again": "Another2026$!"}
    assert owner.post("/account/password/", new)["Location"] == "/account/profile/"
    assert delivered() == []


def test_requests_for_confirmation_are_counted(owner, one_window):
    for number in range(CONFIRMATION.attempts):
        assert change_to(owner, f"new{number}@example.org").status_code == 302
    assert change_to(owner, NEW).status_code == 429


def test_mails_to_one_address_are_counted_whatever_the_account(owner, settings, one_window):
    settings.INKPOOL_REGISTRATION = "open"
    form = {"pwd": PASSWORD, "pwd_again": PASSWORD, "email": NEW}
    for number in range(CONFIRMED_ADDRESS.attempts):
        account = form | {"username": f"flooder{number}"}
        assert Client().post("/register", account).status_code == 302
    assert Client().post("/register", form | {"username": "flooder9"}).status_code == 429
    assert not User.objects.filter(username="flooder9").exists()
    assert change_to(owner, NEW).status_code == 429
    assert Email.objects.count() == CONFIRMED_ADDRESS.attempts


def test_address_of_a_new_account_is_confirmed_too(settings, delivered, client):
    settings.INKPOOL_REGISTRATION = "open"
    form = {"username": "bob_reads", "pwd": PASSWORD, "pwd_again": PASSWORD, "email": NEW}
    assert client.post("/register", form).status_code == 302
    assert User.objects.get().email == ""
    (mail,) = delivered()
    assert client.post(link_in(mail)).status_code == 302
    assert User.objects.get().email == NEW
