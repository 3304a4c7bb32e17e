"""The modules of a part of core/ with all that it imports, for a project of its own."""

import shutil
from pathlib import Path

from deploy.processes import ROOT
from tests.test_architecture import imports, module_of, sources

FILES = {module_of(path): path for path in sources()}


def modules(*places: str) -> set[str]:
    """All modules of these packages and modules, and those of core/ that they import."""
    wanted = [
        each for each in FILES if each in places or each.startswith(tuple(f"{p}." for p in places))
    ]
    found: set[str] = set()
    while wanted:
        module = wanted.pop()
        if module in FILES and module not in found:
            found.add(module)
            wanted += [*imports()[module], module.rpartition(".")[0]]
    return found


def lines(names: set[str]) -> int:
    return sum(len(FILES[each].read_text(encoding="utf-8").splitlines()) for each in names)


def copy(names: set[str], folder: Path) -> None:
    for each in names:
        target = folder / FILES[each].relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(FILES[each], target)
