"""Deactivation and deletion end the sessions of a user, at once and for good."""

import pytest
from django.contrib.auth.models import AbstractUser
from django.db import connection
from django.test import Client

from accounts.forms import ProfileForm
from accounts.models import LoginSession, User
from core.signals import session_ended
from tests.accounts.conftest import Device, lives
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def deactivate(alice):
    alice.is_active = False
    alice.save()


def deactivate_one_field(alice):
    alice.is_active = False
    alice.save(update_fields=["is_active"])


def deactivate_by_update(alice):
    User.objects.filter(is_active=True, username="alice_writes").update(is_active=False)


def deactivate_in_bulk(alice):
    bob, alice.is_active = User.objects.get(username="bob_reads"), False
    User.objects.bulk_update([alice, bob], ["is_active"])


def deactivate_in_the_admin(alice):
    make_user("dana_staff", is_staff=True, is_superuser=True)
    dana = Device()
    dana.sign_in("dana_staff")
    times = {"last_login_0": "", "last_login_1": ""}
    joined = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    answer = dana.post(
        f"/admin/accounts/user/{alice.pk}/change/", {"username": "alice_writes", **times, **joined}
    )
    assert answer.status_code == 302


DEACTIVATIONS = [
    deactivate,
    deactivate_one_field,
    deactivate_by_update,
    deactivate_in_bulk,
    deactivate_in_the_admin,
]


@pytest.mark.parametrize("change", DEACTIVATIONS, ids=lambda change: change.__name__)
def test_deactivation_ends_sessions_for_good(alice, bob, device, committed, change):
    desk, bobs = device(), device("bob_reads")
    with committed():
        change(alice)
    assert not lives(desk.id_hash)
    assert not LoginSession.objects.filter(user=alice).exists()
    User.objects.filter(pk=alice.pk).update(is_active=True)
    assert not desk.is_signed_in()
    assert bobs.is_signed_in()
    assert device().is_signed_in()


def test_deactivation_ends_session_without_row(alice, device):
    desk = device()
    LoginSession.objects.all().delete()
    deactivate(alice)
    User.objects.filter(pk=alice.pk).update(is_active=True)
    assert not desk.is_signed_in()


def test_user_deactivated_by_sql_is_refused_at_next_request(alice, device):
    desk = device()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET is_active = %s", [False])
    before = desk.id_hash
    assert not desk.is_signed_in()
    assert not lives(before) and not LoginSession.objects.exists()
    User.objects.update(is_active=True)
    assert not desk.is_signed_in()


@pytest.mark.parametrize("everybody", [False, True])
def test_deletion_ends_sessions(alice, device, committed, everybody):
    desk = device()
    before = desk.id_hash
    with committed():
        User.objects.all().delete() if everybody else alice.delete()
    assert not lives(before)
    assert not desk.is_signed_in()


def test_user_deleted_by_sql_is_refused_at_next_request(alice, device):
    desk = device()
    before = desk.id_hash
    LoginSession.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_user_groups")
        cursor.execute("DELETE FROM accounts_user")
    assert not desk.is_signed_in()
    assert not lives(before)


def test_sign_in_begun_before_deactivation_fails(alice, bob, committed):
    """The sign-in reads the account before the deactivation and stores its session after it."""
    late, kept = User.objects.get(pk=alice.pk), Device()
    deactivate(alice)
    kept.force_login(late)
    assert not lives(kept.id_hash) and not LoginSession.objects.exists()
    User.objects.filter(pk=alice.pk).update(is_active=True)
    assert not kept.is_signed_in()


def test_saving_an_older_object_revives_no_session(alice, device):
    desk, old = device(), User.objects.get(pk=alice.pk)
    alice.end_sessions()
    old.bio = "Saved late"
    old.save()
    assert not desk.is_signed_in()
    assert User.objects.get(pk=alice.pk).session_epoch == 1


def test_parallel_ends_increment_the_epoch_twice(alice):
    also = User.objects.get(pk=alice.pk)
    alice.end_sessions()
    also.end_sessions()
    assert (alice.session_epoch, also.session_epoch) == (1, 2)


def test_reactivated_user_can_sign_in_from_same_object(alice, device):
    deactivate(alice)
    alice.is_active = True
    alice.save()
    desk = Client()
    desk.force_login(alice)
    assert desk.get("/account/profile/").status_code == 200


def test_session_under_fallback_secret_is_kept(alice, device, settings):
    alice.end_sessions()
    desk = device()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key " * 5
    assert [row.id_hash for row in LoginSession.objects.all().alive()] == [desk.id_hash]
    assert desk.is_signed_in()
    assert len(LoginSession.objects.all().alive()) == 1


def test_session_ended_has_reason_revoked(alice, device):
    desk, seen = device(), []

    def receiver(id_hash, reason, **kwargs):
        seen.append((id_hash, reason))

    before = desk.id_hash
    session_ended.connect(receiver)
    LoginSession.objects.all().end()
    session_ended.disconnect(receiver)
    assert seen == [(before, "revoked")]


def test_profile_saved_late_restores_neither_activity_nor_password(alice, device, monkeypatch):
    """The form is validated before the change and saved after it."""
    desk, save = device(), ProfileForm.save

    def late(form, *args):
        other = User.objects.get(pk=alice.pk)
        other.set_password("Other2026$!")
        other.is_active = False
        other.save()
        return save(form, *args)

    monkeypatch.setattr(ProfileForm, "save", late)
    desk.post("/account/profile/", {"display_name": "Late"})
    alice.refresh_from_db()
    assert (alice.display_name, alice.is_active) == ("Late", False)
    assert alice.check_password("Other2026$!")
    assert not desk.is_signed_in()


def test_stock_django_brings_the_session_back(alice, device, monkeypatch):
    """The reason for the epoch: stock sessions do not depend on is_active."""
    desk = device()
    monkeypatch.setattr(User, "save", AbstractUser.save)
    monkeypatch.setattr(User, "_get_session_auth_hash", AbstractUser._get_session_auth_hash)
    for alice.is_active in (False, True):
        alice.save()
    assert desk.is_signed_in()
