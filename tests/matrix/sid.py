"""MySQL 9, Valkey 9 and Redis 8 out of Debian's sid, beside the machine's own servers.

Promises: apt fetches them and checks their signatures. Nothing is installed: the packages are
unpacked into a folder and run there on their own C library, so it takes neither root nor chroot.
What has been fetched once is kept; half of it is not taken for the whole.
"""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

from tests.matrix.work import FOLDER, CannotRunError, FailedError, run, succeed

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
MIRROR = "http://deb.debian.org/debian"
PACKAGES = {
    "mysqld": ("mysql-server-core", "usr/sbin/mysqld"),
    "valkey-server": ("valkey-server", "usr/bin/valkey-server"),
    "redis-server": ("redis-server", "usr/bin/redis-server"),
}
MYSQLD_OPTIONS = {  # where a mysqld that is not installed finds its own
    "--basedir": "usr",
    "--lc-messages-dir": "usr/share/mysql",
    "--character-sets-dir": "usr/share/mysql/charsets",
    "--plugin-dir": "usr/lib/mysql/plugin",
}


def program(name: str) -> Path:
    """The path of sid's mysqld, valkey-server or redis-server, made ready on first use."""
    root = FOLDER / "sid"
    if not root.exists():
        fetch(root)
    return wrapper(name, root)


def version(name: str) -> str:
    """`mysqld 9.7.4`, as the program itself says. Raises CannotRunError when it does not start."""
    asked = subprocess.run([program(name), "--version"], capture_output=True, text=True)
    if asked.returncode:
        raise CannotRunError(f"{name} does not start: {asked.stderr.strip() or asked.returncode}")
    words = (word.removeprefix("v=") for word in asked.stdout.split())
    return next(f"{name} {word.split('-')[0]}" for word in words if word[0].isdigit())


def fetch(root: Path) -> None:
    """Raises CannotRunError when the packages cannot be had or unpacked: no test has failed."""
    if not all(map(shutil.which, ("apt-get", "dpkg-deb"))) or not KEYRING.exists():
        raise CannotRunError("Debian's apt-get, dpkg-deb and debian-archive-keyring are needed")
    part, state = root.with_suffix(".part"), root.with_suffix(".apt")
    for folder in (part, state):
        shutil.rmtree(folder, ignore_errors=True)
    download(state)
    unpack(state, part)
    part.rename(root)


def download(state: Path) -> None:
    """The packages and all they need, as for a machine on which nothing is installed."""
    for folder in ("lists/partial", "archives/partial"):
        (state / folder).mkdir(parents=True)
    (state / "status").touch()
    source = f"deb [signed-by={KEYRING}] {os.environ.get('MIRROR', MIRROR)} sid main\n"
    (state / "sid.list").write_text(source)
    names = [package for package, _ in PACKAGES.values()]
    fetch = ["install", "--yes", "--no-install-recommends", "--download-only", *names]
    for words in (["update"], fetch):
        code, output = run(["apt-get", "-qq", *apart_from_the_machines_own(state), *words], "sid")
        if code:
            raise CannotRunError(first_error(output) or f"apt-get exits with {code}")


def first_error(output: str) -> str:
    """Of apt's: its last one says only that there were some."""
    errors = (line for line in output.splitlines() if line.startswith("E: "))
    return next(errors, "").removeprefix("E: ")


def unpack(state: Path, part: Path) -> None:
    try:
        for package in sorted((state / "archives").glob("*.deb")):
            succeed(["dpkg-deb", "--extract", package, part], "sid")
    except FailedError as error:
        raise CannotRunError(str(error)) from None
    shutil.rmtree(state)


def apart_from_the_machines_own(state: Path) -> list[str]:
    options = {
        "Dir::Etc::SourceList": state / "sid.list",
        "Dir::Etc::SourceParts": os.devnull,
        "Dir::Etc::PreferencesParts": os.devnull,
        "Dir::State": state,
        "Dir::State::status": state / "status",
        "Dir::Cache": state,
        "Acquire::Languages": "none",
        "Acquire::Retries": "1",
        "Acquire::http::Timeout": "20",  # seconds; a mirror that drops packets is given up
        "APT::Update::Error-Mode": "any",  # else an update that got nothing exits with 0
        "APT::Sandbox::User": "root",
        "Debug::NoLocking": "true",
    }
    return [word for name, value in options.items() for word in ("-o", f"{name}={value}")]


def wrapper(name: str, root: Path) -> Path:
    """A script that starts the program on sid's C library, not on the machine's older one."""
    loader = next(root.glob("usr/lib/*-linux-*/ld-linux*.so.*"))
    before = [loader, "--library-path", loader.parent, root / PACKAGES[name][1]]
    places = MYSQLD_OPTIONS.items() if name == "mysqld" else ()
    after = [f"{option}={root / place}" for option, place in places]
    script = FOLDER / "bin" / name
    script.parent.mkdir(exist_ok=True)
    script.write_text(f'#!/bin/sh\nexec {joined(before)} "$@" {joined(after)}\n')
    script.chmod(0o755)
    return script


def joined(words: list[object]) -> str:
    return shlex.join(map(str, words))
