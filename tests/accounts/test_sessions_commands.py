"""list_sessions, end_sessions, clearsessions."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import LoginSession
from core.sessions.inspection import session_store
from tests.accounts.conftest import PHONE, Device

pytestmark = pytest.mark.django_db


def run(*words: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command(*words, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_each_live_session_is_one_line(alice, bob, device):
    desk, phone = device(), device(user_agent=PHONE, REMOTE_ADDR="2001:db8::7")
    gone, _bobs = device(), device("bob_reads")
    session_store().backend.remove([gone.id_hash])
    head, first, second = run("list_sessions", "alice_writes")[0].splitlines()
    assert head.split() == ["id", "device", "address", "signed_in", "last_seen"]
    assert first.startswith(f"{phone.id_hash[:12]}  Safari on iPhone  2001:db8::7")
    assert second.startswith(f"{desk.id_hash[:12]}  Firefox on Linux")


def test_json_option_prints_array(device):
    desk = device()
    (told,) = json.loads(run("list_sessions", "ALICE_WRITES", "--json")[0])
    assert told["id"] == desk.id_hash[:12] and told["device"] == "Firefox on Linux"
    seen = timezone.datetime.fromisoformat(told["last_seen"])
    assert abs((timezone.now() - seen).total_seconds()) < 60


def test_user_without_session_is_no_error(alice):
    assert run("list_sessions", "alice_writes") == ("", "alice_writes is signed in nowhere.\n")
    assert json.loads(run("list_sessions", "alice_writes", "--json")[0]) == []
    assert "0 sessions of alice_writes are ended." in run("end_sessions", "alice_writes")[0]


@pytest.mark.parametrize("command", ["list_sessions", "end_sessions"])
@pytest.mark.parametrize("name", ["unknown", "\udcff", ""])
def test_unknown_name_is_refused(db, command, name):
    with pytest.raises(CommandError, match="no account named") as caught:
        run(command, name)
    assert caught.value.returncode == 1


def test_all_sessions_are_ended(alice, bob, device):
    desk, unlisted, bobs = device(), device(), device("bob_reads")
    LoginSession.objects.filter(id_hash=unlisted.id_hash).delete()
    out, err = run("end_sessions", "alice_writes")
    assert out == "1 session of alice_writes is ended.\n"
    assert err.startswith("Writing to ")
    assert not desk.is_signed_in() and not unlisted.is_signed_in()
    assert bobs.is_signed_in()


def test_except_current_keeps_session_seen_last(device, no_updates_yet):
    desk, phone, tablet = device(), device(), device()
    no_updates_yet()
    assert phone.is_signed_in()
    out, _ = run("end_sessions", "alice_writes", "--except-current")
    assert out == "2 sessions of alice_writes are ended.\n"
    assert phone.is_signed_in()
    assert not desk.is_signed_in() and not tablet.is_signed_in()


def test_except_current_skips_expired_session(device):
    desk, gone = device(), device()
    session_store().backend.remove([gone.id_hash])
    assert run("end_sessions", "alice_writes", "--except-current")[0].startswith("0 sessions")
    assert desk.is_signed_in()
    assert LoginSession.objects.count() == 1


def test_clearsessions_removes_rows_of_ended_sessions(device):
    desk, gone = device(), device()
    session_store().backend.remove([gone.id_hash])
    assert run("clearsessions")[0] == "1 entry is removed from the lists of devices.\n"
    assert run("clearsessions")[0] == "0 entries are removed from the lists of devices.\n"
    assert desk.is_signed_in()


def test_clearsessions_works_in_batches(alice, monkeypatch):
    monkeypatch.setattr("accounts.management.commands.clearsessions.AT_ONCE", 2)
    rows = [LoginSession(id_hash=f"{number:064}", user=alice) for number in range(5)]
    LoginSession.objects.bulk_create(rows)
    desk = Device()
    desk.sign_in()
    assert run("clearsessions")[0].startswith("5 entries")
    assert desk.is_signed_in()
