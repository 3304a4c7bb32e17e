"""Only superusers change rights in the admin, on every page and action."""

import pytest
from django.contrib.auth.models import Group, Permission

from accounts.models import User
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
USERS = "/admin/accounts/user/"
GROUPS = "/admin/auth/group/"
TAKEN = {"is_staff": "on", "is_superuser": "on"}
NEW = {"password1": "Another&Word2026", "password2": "Another&Word2026", "usable_password": "true"}


@pytest.fixture
def erin():
    """A member of staff with all permissions on users and groups, but no superuser."""
    user = make_user("erin_staff", is_staff=True)
    models = ["user", "group"]
    user.user_permissions.set(Permission.objects.filter(content_type__model__in=models))
    return user


@pytest.fixture
def staff(client, erin):
    client.force_login(erin)
    client.post("/account/confirm/", {"present_pwd": PASSWORD})
    return client


def fields(user, **changed):
    """The data that the change form of a user posts."""
    dated = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    return {"username": user.username, "is_active": "on", **dated, **changed}


def rights(user):
    user = User.objects.get(pk=user.pk)
    given = user.groups.exclude(name="author")  # the role of each new account
    listed = [*given, *user.user_permissions.all()]
    return user.is_staff, user.is_superuser, len(listed)


def test_staff_cannot_give_themselves_rights(staff, erin):
    group = Group.objects.create(name="all")
    every = [str(each.pk) for each in Permission.objects.all()]
    before = rights(erin)
    claimed = {**TAKEN, "groups": [str(group.pk)], "user_permissions": every}
    answer = staff.post(f"{USERS}{erin.pk}/change/", fields(erin, **claimed))
    assert (answer.status_code, rights(erin)) == (302, before)


def test_staff_cannot_give_others_rights(staff):
    bob = make_user("bob_reads")
    answer = staff.post(f"{USERS}{bob.pk}/change/", fields(bob, display_name="Bob", **TAKEN))
    assert (answer.status_code, rights(bob)) == (302, (False, False, 0))
    assert User.objects.get(pk=bob.pk).display_name == "Bob"


def test_an_added_account_has_no_rights(staff):
    answer = staff.post(f"{USERS}add/", {"username": "newone1", **NEW, **TAKEN})
    assert answer.status_code == 302
    assert rights(User.objects.get(username="newone1")) == (False, False, 0)


@pytest.mark.parametrize("higher", [{"is_staff": True}, {"is_superuser": True}])
@pytest.mark.parametrize("path", ["change/", "password/", "delete/"])
def test_staff_cannot_change_privileged_accounts(staff, higher, path):
    other = make_user("frank1", **higher)
    sent = fields(other, username="taken1", is_active="", post="yes", **NEW)
    assert staff.post(f"{USERS}{other.pk}/{path}", sent).status_code == 403
    stored = User.objects.get(pk=other.pk)
    assert (stored.username, stored.is_active) == ("frank1", True)
    assert stored.check_password(PASSWORD)


def test_bulk_deletion_skips_privileged_accounts(staff, dana):
    chosen = {"action": "delete_selected", "_selected_action": [dana.pk], "post": "yes"}
    assert staff.post(USERS, chosen).status_code == 403
    assert User.objects.filter(pk=dana.pk).exists()


def test_staff_can_view_a_superuser_without_a_form(staff, dana):
    page = staff.get(f"{USERS}{dana.pk}/change/").content.decode()
    assert 'name="username"' not in page and dana.password not in page
    assert staff.get(f"{USERS}{dana.pk}/history/").status_code == 200


def test_staff_cannot_give_a_group_permissions(staff, erin):
    group = Group.objects.create(name="writers")
    erin.groups.add(group)
    every = [str(each.pk) for each in Permission.objects.all()]
    sent = {"name": "writers", "permissions": every}
    assert staff.post(f"{GROUPS}{group.pk}/change/", sent).status_code == 403
    assert staff.post(f"{GROUPS}add/", {**sent, "name": "more"}).status_code == 403
    assert staff.post(f"{GROUPS}{group.pk}/delete/", {"post": "yes"}).status_code == 403
    assert group.permissions.count() == 0


def test_rights_removed_while_a_form_was_open_stay_removed(staff, erin, monkeypatch):
    """The form read the user before the change, so it must not write the whole row."""
    bob = make_user("bob_reads")
    inner = User.full_clean

    def meanwhile(self, *args, **kwargs):
        User.objects.filter(pk=self.pk).update(is_staff=True)
        return inner(self, *args, **kwargs)

    monkeypatch.setattr(User, "full_clean", meanwhile)
    staff.post(f"{USERS}{bob.pk}/change/", fields(bob, display_name="Bob"))
    assert rights(bob) == (True, False, 0)


def test_staff_can_change_readers(staff):
    bob = make_user("bob_reads")
    assert staff.post(f"{USERS}{bob.pk}/password/", NEW).status_code == 302
    assert User.objects.get(pk=bob.pk).check_password(NEW["password1"])
    assert staff.post(f"{USERS}{bob.pk}/delete/", {"post": "yes"}).status_code == 302


def test_superuser_changes_rights(client, dana, erin):
    client.force_login(dana)
    client.post("/account/confirm/", {"present_pwd": PASSWORD})
    group = Group.objects.create(name="all")
    sent = fields(erin, is_superuser="on", groups=[str(group.pk)])
    assert client.post(f"{USERS}{erin.pk}/change/", sent).status_code == 302
    assert rights(erin) == (False, True, 1)


@pytest.mark.parametrize("path", [f"{USERS}?", "/admin/accounts/loginsession/?user__"])
def test_a_filter_does_not_read_password_hashes(client, dana, path):
    client.force_login(dana)
    answer = client.get(f"{path}password__startswith=argon2")
    assert answer.status_code == 400
