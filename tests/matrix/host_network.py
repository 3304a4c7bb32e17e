"""How this machine reaches apt's mirrors and pip's indexes, carried over into a bare root.

Promises: names no host. Name resolution, apt's proxies and certificates, pip's configuration and
the variables of both are those of the machine; the files and folders that they name are there.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
from configparser import RawConfigParser
from io import StringIO
from pathlib import Path

RESOLVER = [Path("/etc/resolv.conf"), Path("/etc/hosts")]
APT = re.compile(r"^Acquire::(?:https?|Check-|Retries|ForceIPv)\S* \"[^\"]+\";$", re.MULTILINE)
VARIABLES = re.compile(r"PIP_\w+|\w+_(?:proxy|PROXY)|SSL_CERT_FILE|REQUESTS_CA_BUNDLE")
PLACE = re.compile(r"(file://)?(/[^\s\"';:]+)")
INSIDE = "/srv/host"  # the root's own packages write to /etc/ssl, and would undo a copy there


def variables() -> dict[str, str]:
    """The variables that pip and apt read, as they are set here, for a command in the root."""
    return {name: as_inside(value) for name, value in own_variables().items()}


def own_variables() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if VARIABLES.fullmatch(name)}


def carry_over(root: Path) -> list[Path]:
    """Write the configuration into the root.

    Returns the folders that it names, which are to be mounted at INSIDE of the root.
    """
    apt, pip = apt_options(), pip_options()
    write(root / "etc/apt/apt.conf.d/99host", as_inside(apt))
    write(root / "etc/pip.conf", as_inside(pip))
    places = named_places("\n".join([apt, pip, *own_variables().values()]))
    for file in RESOLVER:
        copy_file(file, root / file.relative_to("/"))
    for file in filter(Path.is_file, places):
        copy_file(file, Path(f"{root}{INSIDE}{file}"))
    return sorted(filter(Path.is_dir, places))


def apt_options() -> str:
    done = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True)
    return "".join(f"{line}\n" for line in APT.findall(done.stdout))


def pip_options() -> str:
    """What all of pip's files say together; the variables go with the environment."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "list"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    options = RawConfigParser()
    for line in done.stdout.splitlines():
        name, value = line.split("=", 1)
        section, option = name.split(".", 1)
        if section != ":env:":
            options.read_dict({section: {option: ast.literal_eval(value)}})
    text = StringIO()
    options.write(text)
    return text.getvalue()


def as_inside(text: str) -> str:
    """The same with the existing paths as they are in the root."""

    def path_inside(found: re.Match[str]) -> str:
        return f"{found[1] or ''}{INSIDE}{found[2]}" if Path(found[2]).exists() else found[0]

    return PLACE.sub(path_inside, text)


def named_places(text: str) -> set[Path]:
    """The existing paths in it. A local index lists files that stand beside it: its parent."""
    found = {
        Path(path).parent if url and Path(path).is_dir() else Path(path)
        for url, path in PLACE.findall(text)
    }
    return {path for path in found if path.exists()}


def copy_file(file: Path, copy: Path) -> None:
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.unlink(missing_ok=True)  # a link would lead out of the root
    shutil.copyfile(file, copy)


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
