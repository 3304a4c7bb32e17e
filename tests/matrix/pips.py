"""Every lock, installed by old and new pips while the index has a newer release of everything.

Promises: each lock goes into a fresh environment. A release made up here, newer than any real
one, stands beside each pinned package, so a requirement that the lock does not pin is found
today and not on the day of the release: pip before 24 takes `coverage[toml]` for another
requirement than `coverage`, picks the newest and refuses it for want of a hash.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZipFile

from packaging.requirements import Requirement

from tests.locks import LOCKS, pinned
from tests.matrix import pythons
from tests.matrix.work import FOLDER, FailedError, run, succeed

PIPS = {"pip23.0.1": "pip==23.0.1", "pip23.2.1": "pip==23.2.1", "pip-newest": "pip"}
OLD_PYTHON = "3.11"  # the pips that came with it do not start on 3.12
LATER = "9999"
WHEEL = "Wheel-Version: 1.0\nGenerator: inkpool\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def install_locks(python: Path, servers: Mapping[str, str], name: str) -> str:
    """Raises FailedError with the locks that this pip does not install."""
    maker = python if name == "pip-newest" else Path(pythons.find(OLD_PYTHON))
    errors = {lock.name: error_of(maker, lock, name) for lock in LOCKS}
    if failed := [f"{lock}: {error}" for lock, error in errors.items() if error]:
        raise FailedError(", ".join(failed))
    return f"{len(LOCKS)} locks installed by {pip_version(name)}"


def error_of(maker: Path, lock: Path, name: str) -> str | None:
    """The last line that pip prints when it refuses the lock, or finds a conflict in it."""
    pip = fresh_pip(maker, FOLDER / name, name)
    index = later_releases(lock, FOLDER / f"{name}-later")
    install = ["install", "--require-hashes", "--find-links", index, "-r", lock]
    for words in (install, ["check"]):
        code, output = run([*pip, *words], name)
        if code:
            return output.strip().splitlines()[-1]
    return None


def fresh_pip(maker: Path, folder: Path, name: str) -> list[object]:
    """The command of that pip in an empty environment of its own."""
    pip: list[object] = [folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check"]
    succeed([maker, "-m", "venv", "--clear", folder], name)
    succeed([*pip, "install", "--upgrade", PIPS[name]], name)
    return pip


def pip_version(name: str) -> str:
    """`pip 23.0.1 (python 3.11)`, as it says itself."""
    _, output = run([FOLDER / name / "bin" / "python", "-m", "pip", "--version"], name)
    words = output.split()
    return " ".join(words[:2] + words[-2:])


def later_releases(lock: Path, folder: Path) -> Path:
    """A folder with an empty wheel, of a version that is yet to come, for each pinned package."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for package in pinned(lock):
        write_wheel(package, folder)
    return folder


def write_wheel(package: Requirement, folder: Path) -> None:
    stem = f"{package.name.replace('-', '_').replace('.', '_')}-{LATER}"
    extras = "".join(f"Provides-Extra: {extra}\n" for extra in sorted(package.extras))
    metadata = f"Metadata-Version: 2.1\nName: {package.name}\nVersion: {LATER}\n{extras}"
    files = {"METADATA": metadata, "WHEEL": WHEEL, "RECORD": ""}
    with ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as wheel:
        for name, text in files.items():
            wheel.writestr(f"{stem}.dist-info/{name}", text)
