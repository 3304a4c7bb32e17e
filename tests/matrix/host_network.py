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
from pathlib import Path

RESOLVER = ["/etc/resolv.conf", "/etc/hosts"]
APT = re.compile(r"^Acquire::(?:https?|Check-|Retries|ForceIPv)\S* \"[^\"]+\";$", re.MULTILINE)
VARIABLES = re.compile(r"PIP_\w+|\w+_(?:proxy|PROXY)|SSL_CERT_FILE|REQUESTS_CA_BUNDLE")
PLACE = re.compile(r"(file://)?(/[^\s\"';]+)")


def variables() -> dict[str, str]:
    """The variables that pip and apt read, as they are set here."""
    return {name: value for name, value in os.environ.items() if VARIABLES.fullmatch(name)}


def carry_over(root: Path) -> list[Path]:
    """Write the configuration into the root; the folders returned are to be mounted there."""
    apt, pip = apt_options(), pip_options()
    write(root / "etc/apt/apt.conf.d/99host", apt)
    with (root / "etc/pip.conf").open("w") as file:
        pip.write(file)
    values = [value for section in pip.sections() for _, value in pip.items(section)]
    places = set(named_places(" ".join([apt, *values, *variables().values()])))
    for file in {*map(Path, RESOLVER), *(place for place in places if place.is_file())}:
        copy_file(file, root)
    return sorted(place for place in places if place.is_dir())


def apt_options() -> str:
    done = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True)
    return "".join(f"{line}\n" for line in APT.findall(done.stdout))


def pip_options() -> RawConfigParser:
    """Of all configuration files; the variables go with the environment."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "list"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    options = RawConfigParser()
    for line in done.stdout.splitlines():
        name, value = line.split("=", 1)
        section, option = name.split(".", 1)
        if section != ":env:":
            options.read_dict({section: {option: ast.literal_eval(value)}})
    return options


def named_places(text: str) -> list[Path]:
    """The existing paths in it. A local index lists files that stand beside it: its parent."""
    found = [
        Path(path).parent if url and Path(path).is_dir() else Path(path)
        for url, path in PLACE.findall(text)
    ]
    return [path for path in found if path.exists()]


def copy_file(file: Path, root: Path) -> None:
    copy = root / file.relative_to("/")
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.unlink(missing_ok=True)  # a link would lead out of the root
    shutil.copyfile(file, copy)


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
