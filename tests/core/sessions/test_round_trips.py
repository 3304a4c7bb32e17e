"""The number of Redis commands per request, counted by Redis itself (MONITOR)."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings

from core.sessions import signed_cookie
from tests.core.sessions.browser import Browser, sign_in, user
from tests.core.sessions.conftest import NEEDS_REDIS, PREFIX
from tests.factories import PASSWORD, make_user

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(settings.INKPOOL_SESSION_REDIS_URL is None, reason=NEEDS_REDIS),
]


@pytest.fixture(autouse=True)
def on_redis(redis, settings):
    settings.SESSION_ENGINE = "core.sessions.redis"


@pytest.fixture
def trips(redis):
    """`with trips() as names:` collects the names of the commands that use a session's key."""

    @contextmanager
    def trips() -> Iterator[list[str]]:
        names: list[str] = []
        with redis.monitor() as monitor:
            yield names
            redis.echo("the end")
            for entry in iter(monitor.next_command, None):
                if "the end" in entry["command"]:
                    break
                if entry["client_type"] != "lua" and PREFIX in entry["command"]:
                    names.append(entry["command"].split()[0])

    return trips


def of(trips, visit):
    with trips() as names:
        visit()
    return names


def test_anonymous_request_sends_no_command(trips):
    charlie = Browser()
    assert of(trips, lambda: charlie.visit(user)) == []
    charlie.cookies["sessionid"] = "forged" * 20
    assert of(trips, lambda: charlie.visit(user)) == []


def test_a_session_reads_once_and_writes_once(trips):
    alice = Browser()
    assert of(trips, lambda: alice.visit(sign_in)) == ["SET"]
    assert of(trips, lambda: alice.visit(user)) == ["GETEX"]
    assert of(trips, lambda: alice.visit(sign_in)) == ["GETEX", "EVAL"]
    assert of(trips, lambda: alice.visit()) == []


def test_a_read_prolongs(redis, settings):
    alice = Browser()
    alice.visit(sign_in)
    key = PREFIX + signed_cookie.parse(alice.key).id_hash()
    redis.expire(key, 100)
    alice.visit(user)
    assert redis.ttl(key) > settings.SESSION_COOKIE_AGE - 100


class TestSite:
    @pytest.fixture(autouse=True)
    def people(self):
        make_user("alice_writes")
        make_user("bob_reads")

    def sign_in(self, client, name="alice_writes"):
        assert client.post("/login", {"name": name, "pwd": PASSWORD}).status_code == 302

    def test_sign_in_takes_at_most_two_commands_after_the_read(self, trips, client):
        assert of(trips, lambda: self.sign_in(client)) == ["SET"]
        assert of(trips, lambda: self.sign_in(client)) == ["GETEX", "EVAL"]
        assert of(trips, lambda: self.sign_in(client, "bob_reads")) == ["GETEX", "EVAL", "SET"]

    def test_sign_in_keeps_values_of_the_anonymous_session(self, trips, client):
        session = client.session
        session["basket"] = 1
        session.save()
        assert of(trips, lambda: self.sign_in(client)) == ["GETEX", "EVAL"]
        assert client.session["basket"] == 1

    def test_signed_in_page_takes_one_read(self, trips, client):
        self.sign_in(client)
        assert of(trips, lambda: client.get("/articles/mine/")) == ["GETEX"]

    def test_sign_out_takes_at_most_two_commands(self, trips, client):
        self.sign_in(client)
        assert of(trips, lambda: client.post("/logout")) == ["GETEX", "EVAL"]
        assert "sessionid" not in client.cookies or not client.cookies["sessionid"].value

    def test_anonymous_pages_send_no_command(self, trips, client):
        for path in ("/", "/articles/", "/login"):
            assert of(trips, lambda path=path: client.get(path)) == []


def test_only_a_hash_of_the_id_is_in_redis(redis):
    alice = Browser()
    alice.visit(sign_in)
    everything = b"".join(key + redis.get(key) for key in redis.scan_iter(f"{PREFIX}*"))
    assert alice.key.split(".")[0].encode() not in everything
