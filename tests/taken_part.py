"""Parts of core/ in a project of their own: what a part imports, and a page that is followed there.

The shell lines of a page run in a new folder beside `inkpool`, a link to this site; a sample whose
kind is `python sketch: mysite/FILE` is added to that file.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from deploy.processes import ROOT
from tests.test_architecture import imports, module_of, sources
from tests.test_docs_samples import SAMPLES

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


class Project:
    """A new project in `folder`, as a page tells its reader to make it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        self.folder.mkdir()
        (self.folder / "inkpool").symlink_to(ROOT)
        kept = {name: os.environ[name] for name in ("HOME", "LANG", "PATH") if name in os.environ}
        own = Path(sys.executable).parent
        self.environment = {**kept, "PATH": f"{own}:{kept['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}

    def follow(self, page: str) -> list[str]:
        """The output of each shell line; an installation is skipped. Fails if a line does."""
        answers = []
        for sample in (each for each in SAMPLES if each.page == page):
            if sample.kind:
                self.add(sample.kind.removeprefix("python sketch: "), sample.code)
            else:
                answers += [
                    self.run(line) for line in sample.code.splitlines() if "pip" not in line
                ]
        return answers

    def add(self, file: str, code: str) -> None:
        with (self.folder / file).open("a", encoding="utf-8") as opened:
            opened.write(f"\n{code}")

    def run(self, line: str) -> str:
        done = subprocess.run(
            line, shell=True, cwd=self.folder, env=self.environment, text=True, capture_output=True
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def modules(self) -> set[str]:
        """The modules of core/ that are in the project."""
        return set(self._modules())

    def _modules(self) -> Iterator[str]:
        for path in (self.folder / "core").rglob("*.py"):
            yield module_of(ROOT / path.relative_to(self.folder))
