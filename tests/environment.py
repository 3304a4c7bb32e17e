"""What the settings need before pytest may load them; pyproject.toml names it as a plugin.

A conftest.py would come too late. A variable that is set already keeps its value, so that
DATABASE_URL and REDIS_URL put the same tests on MariaDB and Redis.
"""

import atexit
import os
import shutil
import tempfile

run_dir = tempfile.mkdtemp(prefix="inkpool-run-")  # not that of a site which runs from here
atexit.register(shutil.rmtree, run_dir, ignore_errors=True)
os.environ.setdefault("RUN_DIR", run_dir)
os.environ.setdefault("DJANGO_SECRET_KEY", "the-key-of-the-tests-which-guards-nothing-at-all-0123")
os.environ.setdefault("DJANGO_HTTPS", "false")  # Django's test client speaks plain HTTP
os.environ.setdefault("PAGE_CACHE", "off")  # the tests of a layer switch off the ones above it

if years := int(os.environ.get("TEST_YEARS_AHEAD", "0")):  # before a module reads the date
    from datetime import timedelta

    import time_machine

    time_machine.travel(timedelta(days=365 * years), tick=True).start()
