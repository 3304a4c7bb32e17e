"""What keeps runserver from starting is one line, with the reloader and without."""

import os
import subprocess
import sys

import pytest

from deploy.processes import ROOT

NOBODY = "127.0.0.1:1"  # no server listens on port 1


@pytest.mark.parametrize("reload", [[], ["--noreload"]])
@pytest.mark.parametrize(
    ("name", "url"),
    [("DATABASE_URL", f"mysql://root@{NOBODY}/ink"), ("REDIS_URL", f"redis://{NOBODY}")],
)
def test_a_server_that_is_away_is_named(name, url, reload):
    done = subprocess.run(
        [sys.executable, "manage.py", "runserver", "127.0.0.1:0", *reload],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], name: url},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert f"correct {name}" in done.stderr
    assert "Traceback" not in done.stderr
