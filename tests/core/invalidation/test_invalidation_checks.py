from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from core.invalidation import checks
from core.invalidation.checks import file_system, run_dir_is_local, several_hosts_need_a_redis

MOUNTS = """\
21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
22 21 0:5 / /run rw,nosuid shared:2 - tmpfs tmpfs rw
23 21 0:6 / /home/all\\040of\\040us rw - nfs4 server:/home rw
24 21 0:7 / /srv/over rw - ext4 /dev/sdb1 rw
25 24 0:8 / /srv/over rw - cifs //server/x rw
"""


@pytest.fixture(autouse=True)
def mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mountinfo").write_text(MOUNTS)
    monkeypatch.setattr(checks, "MOUNTS", tmp_path / "mountinfo")


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/run/inkpool", "tmpfs"),
        ("/home/all of us/site/.run", "nfs4"),
        ("/home/alice/.run", "ext4"),
        ("/srv/over/run", "cifs"),
    ],
)
def test_file_system_of_a_folder(folder: str, kind: str) -> None:
    assert file_system(Path(folder)) == kind


def test_file_system_is_unknown_without_proc(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "MOUNTS", tmp_path / "missing")
    assert file_system(Path("/run")) == ""


def test_run_dir_on_a_network_file_system_is_a_warning(settings: Any) -> None:
    settings.INKPOOL_RUN_DIR = Path("/home/all of us/run")
    [warning] = run_dir_is_local()
    assert warning.id == "core.W050"
    assert "nfs4" in warning.msg
    settings.INKPOOL_RUN_DIR = Path("/run/inkpool")
    assert run_dir_is_local() == []


def test_database_elsewhere_without_redis_is_named(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.INKPOOL_PAGE_CACHE, settings.INKPOOL_CACHE_URL = True, None
    monkeypatch.setitem(settings.DATABASES, "default", {"HOST": "db.example"})
    [info] = several_hosts_need_a_redis()
    assert info.id == "core.I050"
    for change in ({"INKPOOL_CACHE_URL": "redis://a"}, {"INKPOOL_PAGE_CACHE": False}):
        with override_settings(**change):
            assert several_hosts_need_a_redis() == []
    monkeypatch.setitem(settings.DATABASES["default"], "HOST", "")
    assert several_hosts_need_a_redis() == []
