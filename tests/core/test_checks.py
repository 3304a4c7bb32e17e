import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core import checks as django_checks
from django.core.management import call_command
from redis.exceptions import ConnectionError as RedisConnectionError

from core import checks
from core.invalidation.generations import FILE_NAME
from core.settings import INKPOOL_CACHE_URL
from deploy.processes import ROOT

PRODUCTION = {
    "PATH": os.environ["PATH"],
    "DJANGO_SECRET_KEY": "zq8K-v2Rw" * 8,
    "DJANGO_ALLOWED_HOSTS": "inkpool.example",
}


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
    (tmp_path / "staticfiles.json").write_text('{"version": "1.1", "paths": {"a.css": "a.1.css"}}')
    (error,) = checks.static_files_collected()
    assert "of an older release" in error.msg


def test_a_board_that_cannot_be_written_to_is_a_lesser_fault(settings, tmp_path):
    settings.INKPOOL_RUN_DIR = tmp_path
    (tmp_path / FILE_NAME).touch()
    (tmp_path / "counters").touch()
    (warning,) = checks.run_dir_usable()
    assert (warning.id, "The site runs" in warning.msg) == ("core.W005", True)
    (tmp_path / FILE_NAME).unlink()
    settings.INKPOOL_RUN_DIR = tmp_path / "counters"
    (warning,) = checks.run_dir_usable()
    assert (warning.id, "No server starts" in warning.msg) == ("core.W003", True)


def test_a_run_dir_that_no_server_can_start_with_is_warned_of(settings, tmp_path):
    (tmp_path / FILE_NAME).mkdir()
    settings.INKPOOL_RUN_DIR = tmp_path
    (warning,) = checks.run_dir_usable()
    assert (warning.id, f"{FILE_NAME} is not a file" in warning.msg) == ("core.W003", True)
    for kernel in ("/proc/inkpool", "/sys/fs/inkpool"):  # root may write there by the rights
        settings.INKPOOL_RUN_DIR = Path(kernel)
        assert ids(checks.run_dir_usable()) == ["core.W003"]
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    settings.INKPOOL_RUN_DIR = tmp_path / "link"
    (warning,) = checks.run_dir_usable()
    assert (warning.id, "link is not a folder" in warning.msg) == ("core.W003", True)


def test_asking_for_the_run_dir_leaves_nothing_there(settings, tmp_path):
    settings.INKPOOL_RUN_DIR = tmp_path / "to" / "come"
    assert checks.run_dir_usable() == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("seconds", "found"), [(0, []), (3600, ["core.I010"]), (365 * 86400, [])])
def test_hsts_of_less_than_a_year_is_a_remark(settings, seconds, found):
    settings.SECURE_HSTS_SECONDS = seconds
    assert ids(checks.hsts_reaches_far()) == found


@pytest.mark.parametrize(
    ("variables", "found"),
    [({}, []), ({"DJANGO_HSTS_SECONDS": "0"}, ["security.W004"])],
)
def test_deployment_is_sound_with_hsts_and_not_without(tmp_path, variables, found):
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--tag", "security"],
        cwd=ROOT,
        env={**PRODUCTION, "RUN_DIR": str(tmp_path), **variables},
        capture_output=True,
        text=True,
    )
    told = re.findall(r"\((security\.\w+)\)", done.stderr)
    assert (done.returncode, told) == (0, found), done.stderr


def test_a_redis_that_is_away_is_told(monkeypatch):
    away = RedisConnectionError("Error 111 connecting to h:6379")
    monkeypatch.setattr(checks, "redis_errors", lambda: {"cache": away, "sessions": away})
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
        each
        for each in found
        if not each.is_silenced() and (INKPOOL_CACHE_URL or not is_of_cachalot(each))
    ]
    assert set(ids(problems)) <= {"core.W011"}  # the tests' Redis keeps no file
