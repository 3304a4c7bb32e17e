"""The addresses of the project's files in its repository on the web (Flask has no counterpart)."""

import re
from functools import cache
from pathlib import Path

from django.conf import settings

ORIGIN = re.compile(
    r'^\[remote "origin"\][^\[]*?^\s*url = (?:https://|ssh://git@|git@)github\.com[:/](\S+?)(?:\.git)?$',
    re.MULTILINE,
)


def source_link(path: str) -> str | None:
    """The address of a file or folder; None if the repository's address is not known.

    `path` is relative to the project. HEAD is the default branch of GitHub, whatever its name.
    """
    base = settings.INKPOOL_SOURCE_URL or origin_on_github(settings.BASE_DIR)
    kind = "tree" if (settings.BASE_DIR / path).is_dir() else "blob"
    return f"{base.rstrip('/')}/{kind}/HEAD/{path}" if base else None


@cache
def origin_on_github(project: Path) -> str | None:
    """The repository on GitHub from which the project was cloned; None for any other."""
    config = project / ".git" / "config"
    found = ORIGIN.search(config.read_text(encoding="utf-8")) if config.is_file() else None
    return f"https://github.com/{found[1]}" if found else None
