"""The locks of the project, read as pip reads them."""

from pathlib import Path

from packaging.requirements import Requirement

from deploy.processes import ROOT

LOCKS = [ROOT / "requirements.txt", *sorted((ROOT / "requirements").glob("*.txt"))]


def pinned(lock: Path) -> list[Requirement]:
    """The packages of a lock with their extras and versions, without the hashes."""
    lines = lock.read_text().splitlines()
    return [Requirement(line.rstrip(" \\")) for line in lines if line and line[0].isalnum()]
