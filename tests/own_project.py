"""A fresh project into which a page of docs/ copies a part of core.

project = Project(tmp_path, "take-the-sessions.md")
project.follow()                    all samples of the page, in their order
project.run("print(1 + 1)")         "2\n", printed by a process of the project

A sample `sh project` is run in the project, or in this checkout if it copies; a sample
`python project: FILE` is added to that file.
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
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self.do(["django-admin", "startproject", "shop", "."])

    def follow(self) -> str:
        """Carries out the page, and returns what its commands have printed."""
        printed = ""
        for kind, file, code in SAMPLE.findall(self.page):
            if kind == "sh project":
                place = ROOT if code.startswith("cp ") else self.folder
                printed += self.do(["sh", "-ec", code], place)
            else:
                self.add(file, code)
        return printed

    def add(self, file: str, code: str) -> None:
        with (self.folder / file).open("a", encoding="utf-8") as opened:
            opened.write(code)

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

    def checked(self, *options: str) -> str:
        """The messages of `manage.py check`; errors do not fail here."""
        line = " ".join(["python manage.py check", *options, "2>&1 || true"])
        return self.do(["sh", "-c", line])

    def copied(self) -> set[str]:
        return {str(path.relative_to(self.folder)) for path in self.folder.glob("core/**/*.py")}


def needed(*parts: str) -> set[str]:
    """The files of packages or modules and of all that they import from core, with the packages
    above."""
    paths = {module_of(path): path for path in sources()}
    todo = {name for name in paths if f"{name}.".startswith(tuple(f"{part}." for part in parts))}
    found: set[str] = set()
    while todo:
        name = todo.pop()
        found.add(name)
        above = name.rpartition(".")[0]
        todo |= ({*imports()[name], above} & paths.keys()) - found
    return {str(paths[name].relative_to(ROOT)) for name in found} | {"core/__init__.py"}


def lines_of(files: set[str]) -> int:
    return sum(len((ROOT / file).read_text(encoding="utf-8").splitlines()) for file in files)


def copy_part(part: str, folder: Path) -> None:
    """Copies what the page of the part names, and nothing else of this project."""
    for file in needed(part):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, folder / file)
