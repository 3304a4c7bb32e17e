"""Locks pin what packages require, letter by letter.

pip before 24 reads `coverage[toml]` and `coverage` as two requirements, and refuses the one that
is not pinned as soon as a newer release is on the index.
"""

from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.locks import LOCKS, pinned


def demands(package: Requirement) -> list[Requirement]:
    """What the installed package requires here; nothing of one that is not installed.

    Nor of one that is installed in another version, as Flask is beside the one of flask-script.txt.
    """
    try:
        if version(package.name) not in package.specifier:
            return []
        found = map(Requirement, requires(package.name) or [])
    except PackageNotFoundError:
        return []
    extras = package.extras or {""}
    return [
        each
        for each in found
        if not each.marker or any(each.marker.evaluate({"extra": name}) for name in extras)
    ]


def unpinned(lock: Path) -> list[str]:
    """The `name` or `name[extra]` that a package of the lock requires and the lock does not pin."""
    entries = pinned(lock)
    kept = {
        (canonicalize_name(each.name), extra) for each in entries for extra in each.extras or {""}
    }
    return [
        f"{package.name} requires {needed}"
        for package in entries
        for needed in demands(package)
        if any(
            (canonicalize_name(needed.name), extra) not in kept for extra in needed.extras or {""}
        )
    ]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_lock_pins_each_requirement_of_its_packages(lock: Path) -> None:
    assert unpinned(lock) == []


def test_lock_without_extras_is_found_out(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    installed = version("pytest-cov")
    lock.write_text(f"coverage==7.17.3 \\\n    --hash=sha256:00\npytest-cov=={installed}\n")
    assert "pytest-cov requires coverage[toml]>=7.10.6" in unpinned(lock)


def test_lock_with_an_extra_alone_is_found_out(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text(f"redis[hiredis]==8.1.0\ndjango-redis=={version('django-redis')}\n")
    assert "django-redis requires redis>=4.0.2" in unpinned(lock)
