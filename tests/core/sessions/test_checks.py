import django_redis
import pytest
from django.db import connection
from redis.exceptions import ConnectionError as Refused

from core.sessions import checks

SOUND = {"maxmemory": 0, "maxmemory_policy": "noeviction", "aof_enabled": 1}


class Informant:
    def __init__(self, **facts):
        self.facts = SOUND | facts

    def info(self, *sections):
        return self.facts


@pytest.fixture
def judge(settings, monkeypatch):
    settings.SESSION_ENGINE, settings.SESSION_CACHE_ALIAS = checks.REDIS, "sessions"
    at_one(settings, "redis://h/0", "redis://h/0")

    def judge(**facts):
        monkeypatch.setattr(django_redis, "get_redis_connection", lambda alias: Informant(**facts))
        return checks.check_session_redis(databases=["default"])

    return judge


def at_one(settings, sessions, cache):
    backend = "django_redis.cache.RedisCache"
    settings.CACHES = {
        alias: {"BACKEND": backend, "LOCATION": url}
        for alias, url in {"default": cache, "sessions": sessions}.items()
    }


def test_persistent_redis_without_eviction_is_no_finding(judge):
    assert judge() == []


def test_eviction_policy_without_limit_is_no_finding(judge):
    assert judge(maxmemory_policy="allkeys-lru") == []


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-ttl"])
def test_evicting_redis_is_a_warning(judge, settings, policy):
    (warning,) = judge(maxmemory=10**8, maxmemory_policy=policy)
    assert (warning.id, policy in warning.msg) == ("core.W010", True)
    assert "of their own" in warning.hint
    at_one(settings, "redis://h/0", "redis://other/0")
    (warning,) = judge(maxmemory=10**8, maxmemory_policy=policy)
    assert "of their own" not in warning.hint


@pytest.mark.parametrize(
    ("sessions", "cache", "one"),
    [
        ("redis://h/0", "redis://h:6379/1", True),
        ("redis://a:b@h/0?socket_timeout=1", "redis://h?db=3", True),
        ("unix:///run/r.sock?db=1", "unix:///run/r.sock", True),
        ("redis://h/0", "redis://h:6380/0", False),
        ("unix:///run/r.sock", "unix:///run/s.sock", False),
    ],
)
def test_database_number_does_not_make_another_redis(judge, settings, sessions, cache, one):
    at_one(settings, sessions, cache)
    (warning,) = judge(maxmemory=10**8, maxmemory_policy="allkeys-lru")
    assert ("of their own" in warning.hint) is one


def test_redis_without_persistence_is_a_warning(judge):
    (warning,) = judge(aof_enabled=0)
    assert (warning.id, "appendonly yes" in warning.hint) == ("core.W011", True)


@pytest.mark.parametrize("version", ["2.8.1", "5.0.14", "6.0.16", "6.1.242"])
def test_redis_too_old_is_an_error(judge, version):
    (error,) = judge(redis_version=version)
    assert (error.id, version in error.msg, "6.2" in error.hint) == ("core.E010", True, True)


@pytest.mark.parametrize("version", ["6.2.0", "7.0.15", "8.0.0", "10.1.0"])
def test_redis_new_enough_is_no_finding(judge, version):
    assert judge(redis_version=version) == []


def test_redis_cluster_is_an_error(judge):
    (error,) = judge(cluster_enabled=1)
    assert error.id == "core.E011"


def test_checks_run_only_with_databases_and_a_redis(judge, settings):
    assert judge(aof_enabled=0)
    assert checks.check_session_redis() == []
    settings.SESSION_ENGINE = checks.DATABASE
    assert checks.check_session_redis(databases=["default"]) == []


def test_unreachable_redis_is_left_to_another_check(judge, monkeypatch):
    def refuse(*sections):
        raise Refused

    monkeypatch.setattr(Informant, "info", refuse)
    assert judge() == []


def test_info_of_a_real_redis_is_parsed(redis, settings):
    settings.SESSION_ENGINE = checks.REDIS
    found = checks.check_session_redis(databases=["default"])
    assert {warning.id for warning in found} <= {"core.W010", "core.W011"}


def hints(settings, **changes):
    for name, value in changes.items():
        setattr(settings, name, value)
    found = checks.check_needs()
    assert {each.id for each in found} <= {"core.E012"}
    return " ".join(each.hint for each in found)


def test_sessions_of_this_site_need_nothing_more(settings):
    assert hints(settings) == ""


def test_each_missing_setting_is_named(settings):
    without = [each for each in settings.INSTALLED_APPS if "contrib.sessions" not in each]
    stock = "django.contrib.sessions.middleware.SessionMiddleware"
    assert "MIDDLEWARE" in hints(settings, MIDDLEWARE=[stock])
    engine = "django.contrib.sessions.backends.db"
    assert f"it is {engine!r}" in hints(settings, SESSION_ENGINE=engine)
    settings.SESSION_ENGINE = checks.DATABASE
    assert "INSTALLED_APPS" in hints(settings, INSTALLED_APPS=without)
    local = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    for alias in ("default", "missing"):
        named = {"SESSION_ENGINE": checks.REDIS, "SESSION_CACHE_ALIAS": alias, "CACHES": local}
        assert f"CACHES[{alias!r}]" in hints(settings, **named)


def test_missing_packages_are_named_before_anything_else(settings, monkeypatch):
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    settings.SESSION_ENGINE = checks.REDIS
    assert hints(settings, MIDDLEWARE=[]) == "`pip install msgspec redis django-redis`"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("tables", "found"),
    [(["django_session", "x"], []), (["x"], ["core.W012"]), ([], [])],
    ids=["complete", "not_migrated", "empty_database"],
)
def test_missing_table_is_named_unless_the_database_is_empty(settings, monkeypatch, tables, found):
    settings.SESSION_ENGINE = checks.DATABASE
    monkeypatch.setattr(connection.introspection, "table_names", lambda: tables)
    assert [each.id for each in checks.check_session_table(databases=["default"])] == found
    assert checks.check_session_table() == []
