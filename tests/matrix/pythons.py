"""An environment for each Python of the machine, with the locked packages, and another Django.

Promises: made once, and again when the locks or the Python change; .venv is never touched.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from deploy.processes import ROOT
from tests.matrix.work import FOLDER, CannotRunError, succeed

LOCKS = ["requirements/embedded.txt", "requirements.txt", "requirements/test.txt"]
HOMES = [".pyenv/versions/{}.*/bin/python3", ".local/share/uv/python/cpython-{}.*/bin/python3"]
ASK = "import ensurepip, sys; print('%d.%d' % sys.version_info[:2])"


def environment(version: str, django: str | None = None) -> Path:
    """The Python of an environment with the locks, and with that Django instead of theirs."""
    python = find(version)
    folder = FOLDER / f"python{version}{f'-django{django}' if django else ''}"
    stamp, state = folder / "installed", fingerprint(python)
    if not stamp.exists() or stamp.read_text() != state:
        install(python, folder, django)
        stamp.write_text(state)
    return folder / "bin" / "python"


def find(version: str) -> str:
    """The first python3.x that starts. A shim of pyenv may stand for none."""
    folders = os.environ["PATH"].split(os.pathsep)
    named = [found for each in folders if (found := shutil.which(f"python{version}", path=each))]
    kept = [str(each) for home in HOMES for each in Path.home().glob(home.format(version))]
    for python in [*named, *kept]:
        asked = subprocess.run([python, "-c", ASK], capture_output=True, text=True)
        if asked.stdout.strip() == version:
            return python
    raise CannotRunError(f"this machine has no python{version} with venv")


def versions(python: Path) -> list[str]:
    """Of an environment's Python and its Django."""
    ask = "import django, platform; print(platform.python_version(), django.__version__)"
    output = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True).stdout
    own, django = output.split()
    return [f"Python {own}", f"Django {django}"]


def fingerprint(python: str) -> str:
    locks = b"".join((ROOT / lock).read_bytes() for lock in LOCKS)
    build = subprocess.run([python, "-VV"], capture_output=True, text=True).stdout
    return f"{hashlib.sha256(locks).hexdigest()} {python} {build}"


def install(python: str, folder: Path, django: str | None) -> None:
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--disable-pip-version-check"]
    succeed([python, "-m", "venv", "--clear", folder], folder.name)
    succeed([*pip, "--require-hashes", "-r", "requirements/test.txt"], folder.name)
    if django:
        succeed([*pip, f"django=={django}.*"], folder.name)
