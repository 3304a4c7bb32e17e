"""Finds out why this account cannot use RUN_DIR, without leaving a file there.

Two things are in it: the file of generations, which each server and each command that writes needs,
and `counters`, which only shows numbers.
"""

import os
from pathlib import Path
from tempfile import TemporaryFile

from django.conf import settings

from core.invalidation.generations import FILE_NAME


def unusable() -> str:
    """Why no server would start, and no command could write to the database; '' if they can."""
    file = settings.INKPOOL_RUN_DIR / FILE_NAME
    if file.exists() and not file.is_file():
        return f"{file} is not a file"
    if file.is_file():
        return "" if os.access(file, os.R_OK | os.W_OK) else f"{file} may not be written to"
    return unwritable(settings.INKPOOL_RUN_DIR)


def uncounted() -> str:
    """Why the counters of a process could not be shared; or ''."""
    return unwritable(settings.INKPOOL_RUN_DIR / "counters")


def unwritable(folder: Path) -> str:
    """Why no file can be made in the folder, which need not exist yet; '' if one can."""
    while not os.path.lexists(folder):
        folder = folder.parent
    if not folder.is_dir():
        return f"{folder} is not a folder"
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return f"{folder} may not be written to"
    return unmakeable(folder)


def unmakeable(folder: Path) -> str:
    """Tries it with a file without a name, since by its rights alone root may write to /proc."""
    try:
        with TemporaryFile(dir=folder):
            return ""
    except OSError as error:
        return f"no file can be made in {folder}: {error.strerror}"
