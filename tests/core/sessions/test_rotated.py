"""Requests that carry the old cookie of a session that was rotated meanwhile."""

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

from core.sessions import signed_cookie
from core.sessions.backend import ROTATED_FOR
from core.sessions.inspection import peek
from tests.core.sessions.browser import NAME, Browser, sign_in, user
from tests.core.sessions.conftest import PREFIX


def rotate(session):
    session.cycle_key()


@pytest.fixture(params=[True, False], ids=["signed", "bare"])
def alice(request, store, settings):
    settings.INKPOOL_SESSION_USE_SIGNER = request.param
    browser = Browser()
    browser.visit(sign_in)
    return browser


@pytest.fixture
def late(alice):
    """Another tab of Alice's browser, which still sends the old cookie."""
    late = Browser()
    late.cookies[NAME] = alice.key
    alice.visit(rotate)
    return late


def test_late_request_leaves_the_cookie_alone(alice, late):
    assert not late.visit(user).cookies
    assert late.seen is None
    alice.visit(user)
    assert alice.seen == "alice"


def test_old_id_is_neither_adopted_nor_revived(store, alice, late):
    before = late.key
    late.visit(lambda session: session.update({"basket": 1}))
    assert signed_cookie.parse(late.key).id_hash() not in {
        signed_cookie.parse(before).id_hash(),
        signed_cookie.parse(alice.key).id_hash(),
    }
    assert not store().exists(before)
    assert store(before).get("basket") is None
    alice.visit(lambda session: session.get("basket"))
    assert alice.seen is None


def test_marker_counts_as_no_session(store, late):
    id_hash = signed_cookie.parse(late.key).id_hash()
    assert peek([id_hash]) == {}
    assert store.end([id_hash]) == 0
    call_command("clearsessions")
    assert not late.visit(user).cookies


@pytest.mark.parametrize("end", ["flush", "delete"])
def test_cookie_of_session_ended_since_is_deleted(alice, end):
    late = Browser()
    late.cookies[NAME] = alice.key
    alice.visit(lambda session: (session.get("user"), getattr(session, end)()))
    assert late.visit(user).cookies[NAME]["max-age"] == 0


def test_sign_out_deletes_the_cookie_of_a_rotated_session(late):
    answer = late.visit(lambda session: (session.get("user"), session.flush()))
    assert answer.cookies[NAME]["max-age"] == 0


def test_old_cookie_is_deleted_after_a_minute_whatever_the_reads(request, store, late):
    for _ in range(3):
        late.visit(user)
    id_hash = signed_cookie.parse(late.key).id_hash()
    if store.__module__.endswith("redis"):
        redis = request.getfixturevalue("redis")
        assert 0 < redis.ttl(PREFIX + id_hash) <= ROTATED_FOR
        redis.delete(PREFIX + id_hash)
    else:
        rows = Session.objects.filter(session_key=id_hash[:40])
        kept = rows.get()
        assert 0 < (kept.expire_date - timezone.now()).total_seconds() <= ROTATED_FOR
        rows.update(expire_date=timezone.now())
    assert late.visit(user).cookies[NAME]["max-age"] == 0
