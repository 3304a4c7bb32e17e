"""Requests of one session at the same time, on both stores."""

import threading
from contextlib import suppress

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.db import connection, connections

from core.sessions.backend import SessionStoreUnavailable
from core.sessions.merge import ATTEMPTS


def test_requests_that_change_different_keys_both_win(alices):
    first, second = alices(), alices()
    first["basket"], second["theme"] = 1, "dark"
    first.save()
    second.save()
    assert dict(alices().items()) == {"user": "alice", "basket": 1, "theme": "dark"}
    assert second["basket"] == 1


def test_a_key_that_was_deleted_stays_deleted(alices):
    first, second = alices(), alices()
    del first["user"]
    first["basket"] = 1
    second["theme"] = "dark"
    first.save()
    second.save()
    assert dict(alices().items()) == {"basket": 1, "theme": "dark"}


def test_a_value_changed_in_place_counts_and_stays_the_same_object(alices):
    session = alices()
    basket = session.setdefault("basket", [])
    session.save()
    other = alices()
    other["theme"] = "dark"
    other.save()
    basket.append("pen")
    session.save()
    assert session["basket"] is basket
    assert (alices()["basket"], alices()["theme"]) == (["pen"], "dark")


def test_emptying_keeps_values_of_other_requests(alices):
    first, second = alices(), alices()
    del first["user"]
    second["basket"] = 1
    second.save()
    first.save()
    assert dict(alices().items()) == {"basket": 1}


def test_rotation_keeps_values_of_other_requests(store, alices):
    first, second = alices(), alices()
    first.cycle_key()
    second["basket"] = 1
    second.save()
    first.save()
    assert store(first.session_key)["basket"] == 1


def test_counters_add_up(alices):
    first, second = alices(), alices()
    first.increment("visits")
    second.increment("visits", by=5)
    first.save()
    second.save()
    assert (second["visits"], alices()["visits"]) == (6, 6)


def test_assigned_counter_overrides_increments(alices):
    first, second = alices(), alices()
    first.increment("visits", by=5)
    first.save()
    second.increment("visits")
    second["visits"] = 0
    second.save()
    assert alices()["visits"] == 0


ENDS = {
    "deleted": lambda session: session.delete(),
    "flushed": lambda session: session.flush(),
    "ended from another device": lambda session: session.end([session.id_hash]),
    "rotated": lambda session: (session.cycle_key(), session.save()),
    "emptied": lambda session: (session.pop("user"), session.save()),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("late", ["write", "rotate", "empty"])
def test_late_save_never_revives_an_ended_session(alices, end, late):
    session = alices()
    before = session.session_key
    session["basket"] = 1
    if late == "rotate":
        session.cycle_key()
    if late == "empty":
        session.clear()
    end(alices())
    with pytest.raises(UpdateError):
        session.save()
    assert not session.exists(before)
    assert alices().get("user") is None


def test_a_read_of_a_session_that_has_ended_is_no_error(alices):
    session = alices()
    assert session["user"] == "alice"
    alices().flush()
    assert session["user"] == "alice"


def test_too_many_conflicts_raise_unavailable(alices, monkeypatch):
    session = alices()
    backend, tries = session.backend, []

    def replace(old, prefix, new, data, ttl):
        tries.append(prefix)
        return session._stored.data  # as if another request were always faster

    monkeypatch.setattr(backend, "replace", replace)
    session["basket"] = 1
    with pytest.raises(SessionStoreUnavailable):
        session.save()
    assert len(tries) == ATTEMPTS


@pytest.mark.django_db(transaction=True)
class TestThreads:
    @pytest.fixture(autouse=True)
    def real_database(self, store):
        if store.__module__.endswith("database") and connection.vendor == "sqlite":
            pytest.skip("the tests' SQLite is in memory and has one writer")

    def test_parallel_saves_lose_nothing(self, alices):
        def write(number):
            session = alices()
            session[f"key {number}"] = number
            session.increment("count")
            session.save()

        together(write, 40)
        session = alices()
        assert session["count"] == 40
        assert [session[f"key {number}"] for number in range(40)] == list(range(40))

    def test_parallel_saves_revive_nothing(self, alices):
        def visit(number):
            session = alices()
            session[f"key {number}"] = number
            with suppress(UpdateError):
                session.flush() if number == 11 else session.save()

        together(visit, 24)
        assert alices().get("user") is None


def together(work, count):
    """Run work(0) … work(count - 1) in threads that start at once; their errors are raised."""
    start, errors = threading.Barrier(count), []

    def run(number):
        start.wait()
        try:
            work(number)
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
