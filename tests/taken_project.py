"""A page "in your own project", followed in a new project.

The shell lines of a page run in a new folder beside `inkpool`, a link to this site; a sample whose
kind is `python sketch: mysite/FILE` is added to that file.
"""

import os
import subprocess
import sys
from pathlib import Path

from deploy.processes import ROOT
from tests.test_architecture import module_of
from tests.test_docs_samples import SAMPLES


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
        found = (self.folder / "core").rglob("*.py")
        return {module_of(ROOT / path.relative_to(self.folder)) for path in found}
