"""The tests within the process, at a later date: what is true today only is found out."""

from collections.abc import Mapping
from pathlib import Path

from tests.matrix import site

YEARS = {"date+1y": "1", "date+3y": "3"}


def in_process(python: Path, servers: Mapping[str, str], name: str) -> str:
    """pytest's own last line; tests.environment moves the date."""
    return site.in_process(python, {**servers, "TEST_YEARS_AHEAD": YEARS[name]}, name)
