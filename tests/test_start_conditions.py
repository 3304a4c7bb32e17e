"""A server that could not serve does not start, and says in its last line what to do."""

import json
import os
import subprocess
from pathlib import Path

import pytest

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
    assert done.returncode == 1, done.stderr
    return done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize("door", DOORS)
def test_a_server_without_collected_files_refuses_to_start(tmp_path, environment, door):
    code = release(tmp_path / "code", has_static_files=False)
    line = refusal(code, door, environment)
    assert "No static files have been collected" in line
    assert line.endswith(COLLECT)
    assert imported(code, door, {**environment, "DJANGO_DEBUG": "true"}).returncode == 0


@pytest.mark.usefixtures("static_files")
def test_files_of_an_older_release_are_refused_by_the_name_that_is_missing(tmp_path, environment):
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


@pytest.mark.usefixtures("static_files")
@pytest.mark.parametrize("door", DOORS)
def test_without_a_run_dir_no_server_starts_with_or_without_a_page_cache(
    tmp_path, environment, door
):
    (tmp_path / "run").write_text("a file")
    for state in ("on", "off"):
        line = refusal(Path.cwd(), door, {**environment, "PAGE_CACHE": state})
        assert f"RUN_DIR='{tmp_path / 'run'}' cannot be used" in line


def test_runserver_says_it_in_one_line(tmp_path, environment):
    code = release(tmp_path / "code", has_static_files=False)
    words = ["manage.py", "runserver", "--skip-checks", "0"]
    command = [str(word) for word in inside(code, *words)]
    assert run([*command[:4], "manage.py", "migrate", "-v0"], environment).returncode == 0
    done = run(command, environment)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.strip().splitlines()[-1].endswith(COLLECT)
