import pytest
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
    settings.INKPOOL_SESSION_REDIS_URL = settings.INKPOOL_CACHE_URL = "redis://h/0"

    def judge(**facts):
        monkeypatch.setattr(checks, "get_redis_connection", lambda alias: Informant(**facts))
        return checks.check_session_redis(databases=["default"])

    return judge


def test_persistent_redis_without_eviction_is_no_finding(judge):
    assert judge() == []


def test_eviction_policy_without_limit_is_no_finding(judge):
    assert judge(maxmemory_policy="allkeys-lru") == []


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-ttl"])
def test_evicting_redis_is_a_warning(judge, settings, policy):
    (warning,) = judge(maxmemory=10**8, maxmemory_policy=policy)
    assert (warning.id, policy in warning.msg) == ("core.W010", True)
    assert "of their own" in warning.hint
    settings.INKPOOL_CACHE_URL = "redis://other/0"
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
    settings.INKPOOL_SESSION_REDIS_URL, settings.INKPOOL_CACHE_URL = sessions, cache
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
    settings.INKPOOL_SESSION_REDIS_URL = None
    assert checks.check_session_redis(databases=["default"]) == []


def test_unreachable_redis_is_left_to_another_check(judge, monkeypatch):
    def refuse(*sections):
        raise Refused

    monkeypatch.setattr(Informant, "info", refuse)
    assert judge() == []


def test_info_of_a_real_redis_is_parsed(redis):
    found = checks.check_session_redis(databases=["default"])
    assert {warning.id for warning in found} <= {"core.W010", "core.W011"}
