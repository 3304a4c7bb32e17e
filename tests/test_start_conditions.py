"""A server that could not serve does not start, and writes one line that says what to do."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from core.startup.start_conditions import BOOT_ERROR
from tests.releases import imported, inside, release

pytestmark = pytest.mark.doors
DOORS = ["core.wsgi", "core.asgi"]
COLLECT = "Type: python manage.py collectstatic --noinput"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "core.settings",
        "DJANGO_SECRET_KEY": "k" * 60,
        "DJANGO_ALLOWED_HOSTS": "localhost",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
        "RUN_DIR": str(tmp_path / "run"),
    }


def run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def refusal(folder: Path, door: str, environment: dict[str, str]) -> str:
    done = imported(folder, door, environment)
    assert done.returncode == BOOT_ERROR, done.stderr
    (line,) = done.stderr.splitlines()  # and no traceback
    return line


@pytest.mark.parametrize("door", DOORS)
def test_server_names_a_refused_variable_in_one_line(environment, door):
    line = refusal(Path.cwd(), door, {**environment, "DJANGO_HTTPS": "maybe"})
    assert line.startswith("DJANGO_HTTPS: 'maybe' is not allowed; give true or false")
    del environment["DJANGO_SECRET_KEY"]
    assert "DJANGO_SECRET_KEY is not set" in refusal(Path.cwd(), door, environment)


@pytest.mark.parametrize("door", DOORS)
def test_server_without_collected_files_refuses_to_start(tmp_path, environment, door):
    code = release(tmp_path / "code", has_static_files=False)
    line = refusal(code, door, environment)
    assert "No static files have been collected" in line
    assert line.endswith(COLLECT)
    assert imported(code, door, {**environment, "DJANGO_DEBUG": "true"}).returncode == 0


@pytest.mark.usefixtures("static_files")
def test_static_files_of_an_older_release_are_refused_with_a_missing_name(tmp_path, environment):
    code = release(tmp_path / "code")
    assert imported(code, "core.wsgi", environment).returncode == 0
    manifest = code / "staticfiles" / "staticfiles.json"
    whole = manifest.read_text()
    old = json.loads(whole)
    del old["paths"]["inkpool/forms.js"]
    manifest.write_text(json.dumps(old))
    line = refusal(code, "core.wsgi", environment)
    assert "inkpool/forms.js is missing" in line
    assert line.endswith(COLLECT)
    manifest.write_text(whole[:100])
    assert "cannot be used" in refusal(code, "core.wsgi", environment)
    for shape in ("[]", '{"version": "1.1", "paths": null}'):
        manifest.write_text(shape)
        for door in DOORS:
            assert "is no manifest" in refusal(code, door, environment)


@pytest.mark.usefixtures("static_files")
@pytest.mark.parametrize("door", DOORS)
def test_no_server_starts_without_a_run_dir_with_or_without_page_cache(tmp_path, environment, door):
    (tmp_path / "run").write_text("a file")
    for state in ("on", "off"):
        line = refusal(Path.cwd(), door, {**environment, "PAGE_CACHE": state})
        assert f"RUN_DIR='{tmp_path / 'run'}' cannot be used" in line
        assert "run is not a folder" in line


SERVERS = {
    # With one worker: two that end at the same moment are a traceback of gunicorn's own.
    "gunicorn": ["gunicorn", "core.wsgi:application", "--workers=1", "--bind"],
    # Without --respawn-failed-workers: with it granian tries again for a while.
    "granian": ["granian", "--interface=wsgi", "core.wsgi:application", "--no-ws", "--uds"],
}


CAUSES = [
    ({}, "No static files have been collected"),
    ({"DJANGO_HTTPS": "maybe"}, "'maybe' is not"),
]


@pytest.mark.parametrize(("variables", "line"), CAUSES)
@pytest.mark.parametrize("server", SERVERS)
def test_real_server_ends_with_one_line_and_without_a_traceback(
    tmp_path, environment, server, variables, line
):
    code = release(tmp_path / "code", has_static_files=False)
    socket = f"{'unix:' * (server == 'gunicorn')}{tmp_path / 'site.sock'}"
    command = [str(word) for word in inside(code, "-m", *SERVERS[server], socket)]
    done = run(command, {**environment, **variables})
    log = (done.stdout + done.stderr).splitlines()
    assert len({each for each in log if line in each}) == 1, log
    assert not [line for line in log if "Traceback" in line or line.startswith("  ")]
    assert done.returncode != 0


def test_runserver_ends_with_one_line(tmp_path, environment):
    code = release(tmp_path / "code", has_static_files=False)
    words = ["manage.py", "runserver", "--skip-checks", "0"]
    command = [str(word) for word in inside(code, *words)]
    assert run([*command[:4], "manage.py", "migrate", "-v0"], environment).returncode == 0
    done = run(command, environment)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.strip().splitlines()[-1].endswith(COLLECT)
