"""Each check of the pool: silent as the site comes, and what makes it speak."""

import io

import pytest
from django.core.management import call_command
from django.db import OperationalError, connections

from core.mysql_pool import checks
from core.mysql_pool.checks import check_server, check_settings, pool_and_server, pool_settings
from tests.core.mysql_pool.conftest import ON_MYSQL

ENTRY = {
    "ENGINE": "core.mysql_pool",
    "OPTIONS": {"connect_timeout": 5, "isolation_level": "read committed"},
    "WORKER_OPTIONS": {"read_timeout": 10, "write_timeout": 10},
    "POOL_OPTIONS": {"MAX_CONNECTIONS": 6},
}
SERVER = {
    "max_connections": 151,
    "max_user_connections": 0,
    "wait_timeout": 28800,
    "max_allowed_packet": 16 * 1024 * 1024,
}


def ids(messages) -> list[str]:
    assert all(message.hint for message in messages)
    return [message.id for message in messages]


def of(**changes) -> list[str]:
    """The ids for an entry whose dicts are changed by these, and other keys replaced."""
    entry = {
        name: value | changes.pop(name, {}) if isinstance(value, dict) else value
        for name, value in ENTRY.items()
    }
    return ids(check_settings(entry | changes))


def at(pool=None, **server) -> list[str]:
    entry = ENTRY | {"POOL_OPTIONS": ENTRY["POOL_OPTIONS"] | (pool or {})}
    return ids(check_server(entry, SERVER | server))


def test_default_settings_pass():
    assert of() == at() == []


@pytest.mark.parametrize(
    ("changes", "id"),
    [
        ({"CONN_MAX_AGE": 60}, "core.E030"),
        ({"POOL_OPTIONS": {"POOL_SIZE": 3}}, "core.E030"),
        ({"CONN_HEALTH_CHECKS": True}, "core.W030"),
        ({"OPTIONS": {"connect_timeout": None}}, "core.W031"),
        ({"WORKER_OPTIONS": {"read_timeout": None}}, "core.W031"),
        ({"WORKER_OPTIONS": {"write_timeout": None}}, "core.W031"),
        ({"OPTIONS": {"read_timeout": 30}}, "core.W032"),
        ({"POOL_OPTIONS": {"TIMEOUT": 60}}, "core.W033"),
        ({"ATOMIC_REQUESTS": True, "POOL_OPTIONS": {"RELEASE": "transaction"}}, "core.W034"),
        ({"OPTIONS": {"isolation_level": "repeatable read"}}, "core.W035"),
        ({"OPTIONS": {"isolation_level": None}}, "core.W035"),
        ({"POOL_OPTIONS": {"SET_SESSION": ["SET autocommit = 0"]}}, "core.W036"),
        ({"POOL_OPTIONS": {"SET_SESSION": ["set names latin1"]}}, "core.W036"),
    ],
)
def test_unsuitable_setting_has_its_id(changes, id):
    assert of(**changes) == [id]


@pytest.mark.parametrize(
    "changes",
    [
        {"POOL_OPTIONS": {"TIMEOUT": 60, "BLOCKING": False}},
        {"ATOMIC_REQUESTS": True},
        {"POOL_OPTIONS": {"SET_SESSION": ["SET @began = 1"]}},
        {"OPTIONS": {"isolation_level": "READ COMMITTED"}},
    ],
)
def test_harmless_setting_is_not_warned_of(changes):
    assert of(**changes) == []


@pytest.mark.parametrize(("threads", "found"), [(6, ["core.W042"]), (7, [])])
def test_cap_that_lets_queries_occupy_every_thread_is_warned_of(settings, threads, found):
    settings.INKPOOL_THREADS = threads
    assert of() == found


def test_warning_names_both_numbers_and_their_variables(settings):
    settings.INKPOOL_THREADS = 4
    (message,) = check_settings(ENTRY)
    assert "6 connections for 4 threads" in message.msg
    assert "GRANIAN_BLOCKING_THREADS (gunicorn: threads) to 7 or more" in message.hint
    assert "DB_POOL_MAX_CONNECTIONS below 4" in message.hint


@pytest.mark.parametrize(
    ("workers", "server", "id"),
    [
        (2, {"max_connections": 11}, "core.E031"),
        (2, {"max_connections": 21}, "core.W037"),
        (2, {"max_user_connections": 11}, "core.E031"),
        (40, {}, "core.E031"),
        (24, {}, "core.W037"),
    ],
)
def test_workers_times_cap_must_fit_with_a_reserve(settings, workers, server, id):
    settings.INKPOOL_WORKERS = workers
    assert id in at(**server)


def test_workers_of_all_hosts_are_counted_and_named(settings):
    settings.INKPOOL_WORKERS, settings.INKPOOL_HOSTS = 4, 6
    (warning,) = check_server(ENTRY, SERVER)
    assert warning.id == "core.W037"
    assert "6 hosts × 4 workers × 6 connections = 144, of 151" in warning.msg
    assert "SITE_HOSTS" in warning.hint
    settings.INKPOOL_HOSTS = 7
    assert "core.E031" in at()


def test_exactly_the_reserve_left_is_enough(settings):
    settings.INKPOOL_WORKERS = 2
    assert at(max_connections=22) == []


def test_idle_workers_that_hold_half_the_server_are_warned_of(settings):
    settings.INKPOOL_WORKERS = 20
    assert at({"MIN_CACHED": 4, "MAX_CONNECTIONS": 6}) == ["core.W038"]


def test_wait_timeout_below_recycle_is_warned_of():
    assert at({"RECYCLE": 600}, wait_timeout=600) == ["core.W039"]
    assert at({"RECYCLE": 599}, wait_timeout=600) == []


def test_max_allowed_packet_below_the_forms_limit_is_warned_of():
    assert at(max_allowed_packet=1024 * 1024) == ["core.W040"]


def test_server_variables_are_read(engine, server, settings):
    settings.INKPOOL_WORKERS = 1000
    ((most,),) = server("SELECT @@max_connections")
    errors = [
        message for message in pool_and_server(databases=["default"]) if message.id == "core.E031"
    ]
    assert str(most) in errors[0].msg
    assert pool_and_server() == pool_and_server(databases=[]) == []


def test_unreachable_server_is_not_reported(database, monkeypatch):
    def refused(alias):
        raise OperationalError(2002, "no such socket")

    monkeypatch.setattr(checks, "server_variables", refused)
    assert checks.pool_and_server(databases=["default"]) == []


def test_check_command_reports_it(monkeypatch):
    monkeypatch.setitem(connections.settings, "odd", ENTRY | {"CONN_MAX_AGE": 60})
    assert [message.id for message in pool_settings()] == ["core.E030"]


@pytest.mark.skipif(not ON_MYSQL, reason="runs in the pass on MariaDB")
def test_sites_own_settings_pass(database):
    out = io.StringIO()
    call_command("check", databases=["default"], fail_level="ERROR", stdout=out, stderr=out)
    assert not [id for id in ("W03", "E03") if f"core.{id}" in out.getvalue()]
