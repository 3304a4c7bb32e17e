"""The signals of a session, on both stores."""

import pytest

from core import signals
from core.sessions import signed_cookie


@pytest.fixture
def sent():
    sent = []
    kinds = ["started", "rotated", "ended"]

    def listener(kind):
        def listen(sender, signal, session=None, **facts):
            sent.append((kind, facts))

        return listen

    kept = {kind: listener(kind) for kind in kinds}
    for kind, listen in kept.items():
        getattr(signals, f"session_{kind}").connect(listen)
    yield sent
    for kind, listen in kept.items():
        getattr(signals, f"session_{kind}").disconnect(listen)


def test_start_rotation_and_end_send_signals(store, sent):
    session = store()
    session["user"] = "alice"
    session.save()
    first = session.id_hash
    session.cycle_key()
    session.save()
    second = session.id_hash
    session.save()
    session.flush()
    assert sent == [
        ("started", {"id_hash": first}),
        ("rotated", {"id_hash": second, "old_id_hash": first}),
        ("ended", {"id_hash": second, "reason": "flushed"}),
    ]


def test_emptied_and_expired_sessions_send_signals(settings, clock, alices, sent):
    session = alices()
    del session["user"]
    session.save()
    session["user"] = "alice"
    session.save()
    clock(settings.INKPOOL_SESSION_ABSOLUTE_LIFETIME)
    type(session)(session.session_key).get("user")
    assert [facts.get("reason") for _, facts in sent] == ["emptied", None, "expired"]


def test_missing_session_sends_no_signal(store, sent):
    store(signed_cookie.SessionCookie(signed_cookie.new_id(), "", 1).serialize()).flush()
    store().flush()
    assert sent == []
