"""A fresh project into which a page of docs/ copies a part of core.

project = Project(tmp_path, "take-the-sessions.md")
project.follow()                    all samples of the page, in their order
project.run("print(1 + 1)")         "2\n", printed by a process of the project
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from deploy.processes import ROOT
from tests.test_architecture import imports, module_of, sources

SAMPLE = re.compile(r"^```(sh project|python project: (\S+))\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Project:
    def __init__(self, folder: Path, page: str) -> None:
        self.folder, self.page = folder, (ROOT / "docs" / page).read_text(encoding="utf-8")
        self.environment = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PROJECT": str(folder),
        }
        self.do(["django-admin", "startproject", "shop", "."])

    def follow(self) -> None:
        for kind, file, code in SAMPLE.findall(self.page):
            if kind == "sh project":
                self.do(["sh", "-ec", code], ROOT if code.startswith("cp ") else self.folder)
            else:
                path = self.folder / file
                path.write_text((path.read_text() if path.exists() else "") + code)

    def do(self, command: list[str], folder: Path | None = None) -> str:
        done = subprocess.run(
            command,
            cwd=folder or self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def run(self, program: str, settings: str = "shop.settings") -> str:
        self.environment["DJANGO_SETTINGS_MODULE"] = settings
        return self.do([sys.executable, "-c", f"import django\ndjango.setup()\n{program}"])

    def copied(self) -> set[str]:
        return {str(path.relative_to(self.folder)) for path in self.folder.glob("core/**/*.py")}


def needed(part: str) -> set[str]:
    """The files of a package and of all that it imports from core, with the packages above."""
    paths = {module_of(path): path for path in sources()}
    todo = {name for name in paths if f"{name}.".startswith(f"{part}.")}
    found: set[str] = set()
    while todo:
        name = todo.pop()
        found.add(name)
        above = name.rpartition(".")[0]
        todo |= ({*imports()[name], above} & paths.keys()) - found
    return {str(paths[name].relative_to(ROOT)) for name in found}


def lines_of(files: set[str]) -> int:
    return sum(len((ROOT / file).read_text(encoding="utf-8").splitlines()) for file in files)


def copy_part(part: str, folder: Path) -> None:
    """Copy what the page of the part names, and nothing else of this project."""
    for file in needed(part) | {"core/__init__.py"}:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, folder / file)
