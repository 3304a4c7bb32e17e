"""`make run` installs requirements/embedded.txt and no more: nothing else may be needed there."""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from deploy.processes import ROOT
from tests.own_apps import OWN_APPS

pytestmark = pytest.mark.doors
# Everything that is imported to serve the site, and every command of its own.
LOADED = """
import json, sys
absent, own_apps = map(json.loads, sys.argv[1:])
for name in absent:
    sys.modules[name] = None  # importing it is an ImportError
import django
django.setup()
from django.core.management import get_commands, load_command_class
from django.urls import get_resolver
import core.wsgi
assert get_resolver().url_patterns
for name, app in get_commands().items():
    if app in own_apps:
        print(load_command_class(app, name))
"""


def absent() -> list[str]:
    """The modules of packages that are installed here for the tests or for MySQL."""
    text = (ROOT / "requirements" / "embedded.txt").read_text()
    installed = set(re.findall(r"^([\w.-]+)(?:\[.*\])?==", text, re.MULTILINE))
    assert "django" in installed
    return [
        module
        for module, packages in packages_distributions().items()
        if installed.isdisjoint(re.sub("[-_.]+", "-", each).lower() for each in packages)
    ]


@pytest.mark.usefixtures("static_files")
def test_the_site_and_its_commands_need_no_more_than_is_installed(tmp_path: Path) -> None:
    assert {"MySQLdb", "pytest"} <= set(absent())
    done = subprocess.run(
        [sys.executable, "-c", LOADED, json.dumps(absent()), json.dumps(OWN_APPS)],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "core.settings",
            "DJANGO_SECRET_KEY": "tests",
            "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
            "RUN_DIR": str(tmp_path / "run"),
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "pool_status" in done.stdout
