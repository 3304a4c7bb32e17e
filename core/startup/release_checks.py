"""System check of release folders, in which RUN_DIR must not be."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register


@register()
def run_dir_outlives_a_release(**kwargs: Any) -> list[CheckMessage]:
    """core.W051: RUN_DIR is in a release folder, to which a symlink points."""
    link = next(links_to(settings.BASE_DIR), None)
    if link is None or not settings.INKPOOL_RUN_DIR.resolve().is_relative_to(settings.BASE_DIR):
        return []
    message = (
        f"RUN_DIR={str(settings.INKPOOL_RUN_DIR)!r} is in the release that {link} points to: "
        "workers of the next release start with empty counters, and see writes of this one like "
        "those of another host."
    )
    hint = f"Set RUN_DIR to a folder that releases share: RUN_DIR={link.parent / 'run'}."
    return [Warning(message, hint=hint, id="core.W051")]


def links_to(release: Path) -> Iterator[Path]:
    """The symlinks beside a release, or beside the folder of all releases, that point to it."""
    for folder in (release.parent, release.parent.parent):
        try:
            yield from (path for path in folder.iterdir() if leads_to(path, release))
        except OSError:
            continue


def leads_to(path: Path, release: Path) -> bool:
    try:
        return path.is_symlink() and path.resolve() == release
    except (OSError, RuntimeError):  # symlinks in a circle
        return False
