"""Invitations of the team: who makes them, how often they are used, and when they end."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.utils import timezone

from accounts.forms import RegisterForm
from accounts.mail_links import digest_of
from accounts.models import Invitation, User
from tests.conftest import signed_in
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
LINK = "/invite/the-token/"
ADD, LIST = "/admin/accounts/invitation/add/", "/admin/accounts/invitation/"


@pytest.fixture(autouse=True)
def by_invitation(settings):
    settings.INKPOOL_REGISTRATION = "invitation"


@pytest.fixture
def invite():
    """Makes an invitation with the token of LINK."""

    def invite(**fields):
        fields = {"expires_at": timezone.now() + timedelta(days=1), **fields}
        return Invitation.objects.create(digest=digest_of("the-token"), note="N", **fields)

    return invite


def form(name="bob_reads"):
    return {"username": name, "pwd": PASSWORD, "pwd_again": PASSWORD}


def sent(**fields):
    day = timezone.now() + timedelta(days=2)
    times = {"expires_at_0": f"{day:%Y-%m-%d}", "expires_at_1": "12:00:00"}
    return {"note": "For Bob", "role": "author", "most_uses": "1", **times, **fields}


def link_on(page: str) -> str:
    return re.search(r"http://testserver(/invite/[\w-]+/)", page)[1]


def test_invited_visitor_makes_an_account_once(client, invite):
    invitation = invite()
    assert "You are invited" in client.get(LINK).content.decode()
    assert client.post(LINK, form()).status_code == 302
    assert client.get("/account/profile/").status_code == 200
    invitation.refresh_from_db()
    assert invitation.uses == 1
    assert client.post(LINK, form("dave_reads")).status_code == 410
    assert User.objects.count() == 1


def test_refused_form_does_not_count_as_a_use(client, invite):
    invitation = invite()
    make_user("bob_reads")
    assert client.post(LINK, form()).status_code == 200
    assert client.post(LINK, form("bob1") | {"pwd_again": "x"}).status_code == 200
    invitation.refresh_from_db()
    assert invitation.uses == 0


def test_name_taken_at_the_last_moment_uses_nothing_up(client, invite, monkeypatch):
    invitation = invite()
    monkeypatch.setattr(RegisterForm, "save", lambda form: make_user("bob_reads"))
    monkeypatch.setattr(RegisterForm, "check_new", lambda form, user: make_user("bob_reads"))
    assert client.post(LINK, form()).status_code == 200
    invitation.refresh_from_db()
    assert invitation.uses == 0


@pytest.mark.parametrize(
    "ended",
    [
        {"expires_at": timezone.now() - timedelta(seconds=1)},
        {"revoked_at": timezone.now()},
        {"most_uses": 3, "uses": 3},
    ],
    ids=["expired", "revoked", "used up"],
)
def test_ended_invitation_makes_no_account(client, invite, ended):
    invite(**ended)
    assert client.get(LINK).status_code == client.post(LINK, form()).status_code == 410
    assert not User.objects.exists()


def test_invitation_that_ends_while_the_form_is_checked_makes_no_account(
    client, invite, monkeypatch
):
    invitation = invite()
    check = RegisterForm.check_new

    def check_late(form, user):
        Invitation.objects.filter(pk=invitation.pk).update(revoked_at=timezone.now())
        check(form, user)

    monkeypatch.setattr(RegisterForm, "check_new", check_late)
    assert client.post(LINK, form()).status_code == 410
    assert not User.objects.exists()


def test_unknown_token_and_closed_registration(client, invite, settings):
    assert client.get("/invite/another/").status_code == 410
    invite()
    settings.INKPOOL_REGISTRATION = "closed"
    assert client.get(LINK).status_code == client.post(LINK, form()).status_code == 403
    settings.INKPOOL_REGISTRATION = "open"
    assert client.get(LINK).status_code == 200


def test_register_page_says_that_an_invitation_is_needed(client):
    answer = client.get("/register")
    assert answer.status_code == 403
    assert "by invitation" in answer.content.decode()
    assert client.post("/register", form()).status_code == 403


def test_role_is_given(client, invite):
    invite(role="editor")
    client.post(LINK, form())
    user = User.objects.get()
    assert set(user.groups.values_list("name", flat=True)) == {"author", "editor"}
    assert (user.is_staff, user.is_superuser) == (True, False)


def test_role_whose_group_was_renamed_is_given(client, invite):
    Group.objects.filter(name="editor").update(name="redaction")
    invite(role="editor")
    assert client.post(LINK, form()).status_code == 302
    assert User.objects.get().groups.filter(name="editor").exists()


def test_invitation_that_is_over_already_is_refused(dana_client):
    answer = dana_client.post(ADD, sent(expires_at_0="2026-01-01"))
    assert "This time is over" in answer.content.decode()
    assert not Invitation.objects.exists()


def test_link_is_shown_once_and_stored_as_a_hash(dana_client, client, delivered):
    answer = dana_client.post(ADD, sent(email="bob@example.org"), follow=True)
    link = link_on(answer.content.decode())
    invitation = Invitation.objects.get()
    assert invitation.made_by.username == "dana_staff"
    assert link not in str(Invitation.objects.values().get())
    assert "/invite/" not in dana_client.get(LIST).content.decode()
    (mail,) = delivered()
    assert mail.to == ["bob@example.org"]
    assert link in mail.body
    assert client.get(link).status_code == 200


def test_revoked_in_the_admin(dana_client, client, invite):
    invitation = invite()
    chosen = {"action": "revoke", "_selected_action": [invitation.pk]}
    dana_client.post(LIST, chosen)
    assert client.get(LINK).status_code == 410


def test_invitation_is_not_changed_in_the_admin(dana_client, invite):
    invitation = invite()
    dana_client.post(f"{LIST}{invitation.pk}/change/", sent(role="administrator", most_uses="9"))
    invitation.refresh_from_db()
    assert (invitation.role, invitation.most_uses) == ("author", 1)


def test_staff_without_superuser_rights_invite_authors_only():
    staff = make_user("erin_staff", is_staff=True)
    rights = ["add_invitation", "view_invitation", "change_invitation"]
    staff.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client = signed_in(staff)
    assert "administrator" not in client.get(ADD).content.decode()
    assert client.post(ADD, sent(role="administrator")).status_code == 200
    assert not Invitation.objects.exists()
    assert client.post(ADD, sent()).status_code == 302


def test_readers_and_authors_make_no_invitations(alice_client):
    assert alice_client.get(ADD).status_code == 302
    assert alice_client.post(ADD, sent()).status_code in (302, 403)
    assert not Invitation.objects.exists()
