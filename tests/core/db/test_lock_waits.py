import sqlite3
import time
from contextlib import closing

import pytest
from django.conf import settings
from django.db import OperationalError, connection

from core.db.lock_waits import pragma, without_waiting

pytestmark = [
    pytest.mark.skipif(
        settings.DATABASES["default"]["ENGINE"] == "core.mysql_pool", reason="of SQLite only"
    ),
]


@pytest.mark.django_db
def test_busy_timeout_is_restored_after_the_block():
    before = pragma("busy_timeout")
    with without_waiting():
        assert pragma("busy_timeout") == 0
    assert pragma("busy_timeout") == before > 0


def test_locked_file_is_an_error_at_once(tmp_path, django_db_blocker, monkeypatch):
    """On a file of its own: the tests' database is in memory."""
    from django.db.backends.sqlite3.base import DatabaseWrapper

    config = connection.settings_dict | {"NAME": str(tmp_path / "db.sqlite3")}
    own = DatabaseWrapper(config, "default")
    monkeypatch.setattr("core.db.lock_waits.connection", own)
    with (
        django_db_blocker.unblock(),
        closing(own),
        closing(sqlite3.connect(config["NAME"], isolation_level=None)) as other,
    ):
        own.cursor().execute("CREATE TABLE x (y int)")
        other.execute("BEGIN IMMEDIATE")
        start = time.monotonic()
        with without_waiting(), pytest.raises(OperationalError, match="locked"):
            own.cursor().execute("INSERT INTO x VALUES (1)")
        assert time.monotonic() - start < config["OPTIONS"]["timeout"] / 2
        other.execute("ROLLBACK")
