"""The list of sign-ins in the admin."""

import pytest
from django.contrib.auth.models import Permission

from accounts.models import LoginSession
from core.sessions.inspection import session_store
from tests.accounts.conftest import Device, lives
from tests.factories import make_user

pytestmark = pytest.mark.django_db
LIST = "/admin/accounts/loginsession/"


@pytest.fixture
def dana_device(store, dana):
    device = Device()
    device.sign_in("dana_staff")
    return device


def end_all_of(device, user):
    rows = list(LoginSession.objects.filter(user=user).values_list("pk", flat=True))
    return device.post(LIST, {"action": "end_sessions", "_selected_action": rows}, follow=True)


def test_sessions_are_listed_and_searched(dana_device, device, django_assert_max_num_queries):
    for _ in range(5):
        device()
    with django_assert_max_num_queries(12):
        answer = dana_device.get(f"{LIST}?q=alice").content.decode()
    assert answer.count("field-device") == 5
    assert "delete_selected" not in answer and f'href="{LIST}add/"' not in answer


def test_expired_session_is_not_shown_as_alive(alice, dana_device, device):
    device()
    answer = dana_device.get(f"{LIST}?q=alice").content.decode()
    assert "icon-yes" in answer and "icon-no" not in answer
    session_store().backend.remove(LoginSession.objects.values_list("id_hash", flat=True)[:1])
    assert "icon-no" in dana_device.get(f"{LIST}?q=alice").content.decode()


def test_admin_action_ends_sessions(alice, dana_device, device):
    desk, phone = device(), device()
    answer = end_all_of(dana_device, alice)
    assert "2 sessions are ended." in answer.content.decode()
    assert not desk.is_signed_in() and not phone.is_signed_in()
    assert not LoginSession.objects.filter(user=alice).exists()


def test_deleting_a_row_ends_its_session(alice, dana_device, device):
    desk = device()
    row, before = LoginSession.objects.get(user=alice), desk.id_hash
    assert dana_device.post(f"{LIST}{row.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not lives(before)


def test_rows_cannot_be_added_or_changed(alice, dana_device, device):
    device()
    row = LoginSession.objects.get(user=alice)
    assert dana_device.get(f"{LIST}add/").status_code == 403
    assert dana_device.post(f"{LIST}{row.pk}/change/", {"address": "192.0.2.1"}).status_code == 403


def staff(*permissions: str) -> Device:
    user = make_user("erin_staff", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    device = Device()
    device.sign_in("erin_staff")
    return device


def test_view_permission_cannot_end_sessions(alice, device):
    desk, erin = device(), staff("view_loginsession")
    assert erin.get(LIST).status_code == 200
    end_all_of(erin, alice)
    assert desk.is_signed_in()


def test_staff_without_permission_sees_nothing(alice):
    assert staff("view_user").get(LIST).status_code == 403


def test_user_page_links_to_sign_ins(alice, dana_device, device):
    device()
    link = f"{LIST}?user__id__exact={alice.pk}"
    assert link in dana_device.get(f"/admin/accounts/user/{alice.pk}/change/").content.decode()
    assert dana_device.get(link).content.decode().count("field-device") == 1


def test_deleting_users_needs_no_permission_on_sessions(alice, device, committed):
    desk, erin = device(), staff("view_user", "delete_user")
    before = desk.id_hash
    with committed():
        path = f"/admin/accounts/user/{alice.pk}/delete/"
        assert erin.post(path, {"post": "yes"}).status_code == 302
    assert not lives(before)
