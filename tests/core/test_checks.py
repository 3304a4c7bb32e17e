import pytest
from django.core import checks as django_checks
from django.core.management import call_command
from redis.exceptions import ConnectionError as RedisConnectionError

from core import checks
from core.settings import CACHE_URL


def ids(messages):
    return [message.id for message in messages]


def test_missing_static_files_are_told_at_deployment(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    assert ids(checks.static_files_collected()) == ["core.E001"]
    call_command("collectstatic", interactive=False, verbosity=0)
    assert checks.static_files_collected() == []


def test_a_redis_that_is_away_is_told(monkeypatch):
    def away():
        raise RedisConnectionError("Error 111 connecting to h:6379")

    monkeypatch.setattr(checks, "ping_all", away)
    assert checks.redis_reachable() == []
    (error,) = checks.redis_reachable(databases=["default"])
    assert (error.id, "correct REDIS_URL" in error.msg) == ("core.E002", True)


def is_of_cachalot(message: django_checks.CheckMessage) -> bool:
    """Its checks register themselves when a test imports it, also where it is not installed."""
    return str(message.id).startswith("cachalot.")


@pytest.mark.django_db
def test_this_configuration_is_sound():
    found = django_checks.run_checks(databases=["default"])
    problems = [
        each for each in found if not each.is_silenced() and (CACHE_URL or not is_of_cachalot(each))
    ]
    assert set(ids(problems)) <= {"core.W011"}  # the tests' Redis keeps no file
