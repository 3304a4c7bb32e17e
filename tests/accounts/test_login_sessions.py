"""Each signed-in session has a row, which is written, rotated and deleted with it."""

import time

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from accounts import devices
from accounts.models import LoginSession, User
from core.sessions.inspection import session_store
from tests.accounts.conftest import FIREFOX, PHONE, PRIVATE, Device, lives

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_failure_logged")]


def hashes() -> set[str]:
    return set(LoginSession.objects.values_list("id_hash", flat=True))


def test_sign_in_adds_a_row_with_user_address_and_browser(alice, device):
    desk = device(user_agent=PHONE, REMOTE_ADDR="192.0.2.7")
    row = LoginSession.objects.get()
    assert (row.user, row.id_hash, row.address) == (alice, desk.id_hash, "192.0.2.7")
    assert str(row) == "Safari on iPhone"


@pytest.mark.parametrize("address", ["", "unix:", "fe80::1%eth0%x", "999.1.1.1"])
def test_invalid_address_is_left_out(device, address):
    device(REMOTE_ADDR=address)
    assert LoginSession.objects.get().address is None


def test_the_address_is_the_one_behind_a_trusted_proxy(device, settings):
    settings.INKPOOL_TRUSTED_PROXIES = ["127.0.0.1/32"]
    device(HTTP_X_FORWARDED_FOR="2001:db8::7")
    assert LoginSession.objects.get().address == "2001:db8::7"


def test_anonymous_session_has_no_row(alice):
    charlie = Device()
    charlie.get("/login")
    charlie.post("/login", {"name": "alice_writes", "pwd": "Wrong&Password1$"})
    assert not LoginSession.objects.exists()


def test_anonymous_session_gets_its_row_at_sign_in(store, device, client):
    session = client.session
    session["basket"] = 1
    session.save()
    assert not LoginSession.objects.exists()
    visitor = Device()
    visitor.cookies = client.cookies
    visitor.sign_in()
    assert hashes() == {visitor.id_hash}
    assert visitor.session["basket"] == 1


def test_signing_in_again_moves_the_row(device):
    desk = device()
    before = LoginSession.objects.get()
    desk.sign_in()
    after = LoginSession.objects.get()
    assert after.pk == before.pk
    assert after.id_hash == desk.id_hash != before.id_hash


def test_signing_out_removes_the_row(device):
    desk, phone = device(), device()
    desk.post("/logout")
    assert hashes() == {phone.id_hash}


def test_another_user_on_the_same_device_has_another_row(alice, device, bob):
    desk = device()
    before = desk.id_hash
    desk.sign_in("bob_reads")
    assert LoginSession.objects.get().user == bob
    assert not lives(before)


def test_used_session_without_row_gets_one(device, no_updates_yet):
    desk = device()
    LoginSession.objects.all().delete()
    no_updates_yet()
    assert desk.is_signed_in()
    assert hashes() == {desk.id_hash}


def test_session_older_than_its_table_is_listed(alice, device):
    desk = device()
    LoginSession.objects.all().delete()
    page = desk.get("/account/sessions/").content.decode()
    assert "Firefox on Linux" in page


def of_rows(context: CaptureQueriesContext) -> list[str]:
    return [q["sql"] for q in context.captured_queries if "accounts_loginsession" in q["sql"]]


def test_request_costs_no_extra_query(device, django_assert_max_num_queries):
    desk = device()
    on_database = settings.SESSION_ENGINE == "core.sessions.database"
    with django_assert_max_num_queries(2 if on_database else 1) as queries:  # session, user
        assert desk.is_signed_in()
    assert of_rows(queries) == []


def test_row_is_updated_once_in_five_minutes(device, no_updates_yet):
    desk = device(REMOTE_ADDR="192.0.2.7")
    LoginSession.objects.update(last_seen_at="2026-01-01T00:00:00Z")
    assert desk.is_signed_in()
    assert LoginSession.objects.get().last_seen_at.month == 1
    no_updates_yet()
    with CaptureQueriesContext(connection) as queries:
        desk.get(PRIVATE, REMOTE_ADDR="192.0.2.8")
        desk.get(PRIVATE, REMOTE_ADDR="192.0.2.9")
    assert len(of_rows(queries)) == 1
    row = LoginSession.objects.get()
    assert (row.last_seen_at.month != 1, row.address) == (True, "192.0.2.8")


def test_page_without_session_updates_no_row(device, no_updates_yet):
    desk = device()
    no_updates_yet()
    with CaptureQueriesContext(connection) as queries:
        assert desk.get("/robots.txt").status_code == 200
    assert len(queries) == 0


def test_failing_row_does_not_break_sign_in(device, monkeypatch, caplog, no_updates_yet):
    with monkeypatch.context() as patch:
        patch.setattr(LoginSession, "save", lambda *args, **kwargs: fail())
        desk = device()
        assert desk.is_signed_in()
    assert "not up to date" in caplog.text
    assert desk.is_signed_in()
    assert hashes() == {desk.id_hash}


@pytest.fixture
def update_fails(monkeypatch):
    """update_fails(error): each update of a row raises it; returns the list of the attempts."""
    tried = []

    def fail(error):
        def update_row(*args):
            tried.append(1)
            raise error

        monkeypatch.setattr(devices, "update_row", update_row)
        return tried

    return fail


def test_failing_row_is_logged_once_a_minute_for_each_kind(
    device, update_fails, caplog, no_updates_yet
):
    desk = device()
    no_updates_yet()
    for number in (2013, 2006):
        tried = update_fails(OperationalError(number, "Lost connection"))
        assert all(desk.is_signed_in() for _ in range(3))
    assert len(tried) == 6
    assert caplog.text.count("not up to date") == 2


def test_updates_pause_while_database_is_read_only(device, update_fails, caplog, no_updates_yet):
    desk = device()
    no_updates_yet()
    tried = update_fails(OperationalError(1290, "running with the --read-only option"))
    assert all(desk.is_signed_in() for _ in range(3))
    assert (len(tried), caplog.text.count("not up to date")) == (1, 1)
    devices.paused["until"] = time.monotonic()
    assert desk.is_signed_in()
    assert len(tried) == 2


def fail():
    raise OperationalError("the disk is full")


def test_expired_session_is_in_no_list(device):
    desk, phone = device(), device(user_agent=PHONE)
    session_store().backend.remove([phone.id_hash])  # it expired, or Redis was flushed
    assert [row.id_hash for row in LoginSession.objects.all().alive()] == [desk.id_hash]
    assert "Safari" not in desk.get("/account/sessions/").content.decode()
    assert LoginSession.objects.all().sweep() == 1
    assert hashes() == {desk.id_hash}


def test_session_past_absolute_lifetime_is_in_no_list(device, settings):
    device()
    settings.INKPOOL_SESSION_ABSOLUTE_LIFETIME = 0
    assert LoginSession.objects.all().alive() == []


def test_sign_in_sweeps_old_rows_from_ten_on(alice, device):
    rows = [LoginSession(id_hash=f"{number:064}", user=alice) for number in range(12)]
    LoginSession.objects.bulk_create(rows)
    device()
    assert LoginSession.objects.count() == 3


def test_long_list_queries_the_store_once(device, django_assert_num_queries):
    for _ in range(4):
        device()
    on_database = settings.SESSION_ENGINE == "core.sessions.database"
    with django_assert_num_queries(2 if on_database else 1):
        assert len(LoginSession.objects.all().alive()) == 4


def test_user_agent_header_is_not_stored(device):
    device(user_agent=f"{FIREFOX} Secret/1")
    row = LoginSession.objects.values().get()
    assert "Secret" not in str(row) and "Gecko" not in str(row)


def test_user_deleted_during_sign_in_is_not_signed_in(alice, device, monkeypatch):
    monkeypatch.setattr(
        "accounts.devices.add_row", lambda *args: User.objects.filter(pk=alice.pk).delete()
    )
    assert not lives(device().id_hash)
