"""pool_status beside a site that runs, in a pipe and on a terminal."""

import sys

import pexpect
import pytest

from deploy.processes import ROOT
from tests.site import Site

pytestmark = pytest.mark.http


def test_pool_status(site: Site) -> None:
    if site.environment["DATABASE_URL"].startswith("sqlite"):
        assert site.manage("pool_status").returncode == 1
        return
    done = site.manage("pool_status")
    shown, code = pexpect.run(
        sys.executable,
        args=["manage.py", "pool_status"],
        cwd=ROOT,
        env=site.environment | {"TERM": "xterm"},
        encoding="utf-8",
        withexitstatus=True,
        timeout=60,
    )
    assert (done.returncode, code) == (0, 0)
    assert "database=default" in done.stdout and "\x1b" not in done.stdout + done.stderr
    assert "default" in shown and "database=default" not in shown  # a table
