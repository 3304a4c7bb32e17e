"""Bare Debian systems, in which both doors run word for word from a fresh clone.

Promises: a system has Debian's minimal base and what the README asks for beforehand, no more; it
is made anew for each run out of a base that is kept. It is entered by chroot, in a mount and a
process namespace of its own, so nothing mounted or started there outlives the row.
"""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

from deploy.processes import PATIENCE, ROOT, running
from tests.matrix import host_network
from tests.matrix.host_network import INSIDE
from tests.matrix.sid import KEYRING, MIRROR
from tests.matrix.work import FOLDER, CannotRunError, FailedError, log_file, run, succeed

RELEASES = {"debian12": "bookworm", "debian13": "trixie"}
FOLDERS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ADDRESS = re.compile(r"^Inkpool: (http://127\.0\.0\.1:\d+/)", re.MULTILINE)
PASSED = re.compile(r"^(\w+) +\| =* ?(\d+ passed.*?) ?=*$", re.MULTILINE)
INSTALLING = 1800  # seconds until `make run` serves
BEFOREHAND = re.compile(r"`apt-get install ([\w -]+)`")  # the README's
ENTER = """
root=$1 inside=$2 command=$3
shift 3
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/dev/shm"
for folder; do
    mkdir -p "$root$inside$folder"
    mount -o bind,ro "$folder" "$root$inside$folder"
done
chroot "$root" sh -ec "$command"
"""


def both_doors(python: Path, servers: Mapping[str, str], name: str) -> str:
    """Raises FailedError unless `make run` serves the front page and `make test` is green."""
    require_means()
    root, commit = FOLDER / name, head()
    fresh_copy(base(name), root)
    folders = host_network.carry_over(root)
    succeed(["git", "bundle", "create", root / "root/inkpool.bundle", "HEAD"], name)
    make_run(enter(root, "git clone inkpool.bundle inkpool\ncd inkpool\nmake run", folders), name)
    code, output = run(enter(root, "cd inkpool\nmake test", folders), name)
    if code:
        raise FailedError(f"make test exits with {code} on {commit}, in {root}")
    remove(root)
    passed = ", ".join(" ".join(each) for each in PASSED.findall(output))
    return f"{commit}: make run served 200, make test: {passed}"


def require_means() -> None:
    if os.geteuid():
        raise CannotRunError("root is needed, for chroot")
    for program, package in {"debootstrap": "debootstrap", "unshare": "util-linux"}.items():
        if not shutil.which(program):
            raise CannotRunError(f"{program} is missing: apt-get install {package}")
    if not KEYRING.exists():
        raise CannotRunError("Debian's keys are missing: apt-get install debian-archive-keyring")
    tried = subprocess.run([*namespaces(), "true"], capture_output=True, text=True)
    if tried.returncode:
        raise CannotRunError(f"no namespaces: {tried.stderr.strip()}")


def namespaces() -> list[str]:
    return ["unshare", "--mount", "--pid", "--fork", "--kill-child"]


def beforehand() -> list[str]:
    """The packages that the README tells to install."""
    found = BEFOREHAND.search((ROOT / "README.md").read_text())
    assert found, "README.md does not name what is needed beforehand"
    return found[1].split()


def base(name: str) -> Path:
    """Debian's minimal base and what is needed beforehand, made once."""
    packages = beforehand()
    folder = FOLDER / f"{name}-base-{'-'.join(packages)}"
    if folder.exists():
        return folder
    part = FOLDER / f"{name}.part"
    remove(part)
    mirror = os.environ.get("MIRROR", MIRROR)
    # In a namespace: debootstrap that is interrupted would leave /proc and /sys mounted there.
    command = [*namespaces(), "debootstrap", "--variant=minbase", f"--include={','.join(packages)}"]
    succeed([*command, f"--keyring={KEYRING}", RELEASES[name], part, mirror], name)
    return part.rename(folder)


def fresh_copy(source: Path, root: Path) -> None:
    remove(root)
    subprocess.run(["cp", "--archive", "--reflink=auto", source, root], check=True)


def remove(root: Path) -> None:
    """Without what may be mounted there still."""
    subprocess.run(["rm", "--recursive", "--force", "--one-file-system", root], check=True)


def head() -> str:
    """The commit that is cloned, and a warning when the working tree differs from it."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty=, without uncommitted changes"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return commit.stdout.strip()


def enter(root: Path, command: str, folders: list[Path]) -> list[object]:
    """The command line that runs a command of the shell at home in the root.

    Ctrl-C ends the command, also where the shell that started this ignores it, as for `&`.
    """
    own = [f"{name}={value}" for name, value in environment().items()]
    words = ["sh", "-ec", ENTER, "enter", root, INSIDE, f"cd\n{command}", *folders]
    return ["env", "--default-signal=INT", "-i", *own, *namespaces(), *words]


def environment() -> dict[str, str]:
    """What a login there would have, and the machine's way to apt's and pip's indexes."""
    plain = {"PATH": FOLDERS, "HOME": "/root", "LANG": "C.UTF-8", "TERM": "dumb"}
    return plain | host_network.variables()


def make_run(command: list[object], name: str) -> None:
    """`make run` until its front page has answered; then it is ended by Ctrl-C."""
    log = log_file(name)
    before = log.stat().st_size
    with running(command, log) as process:
        address = printed_address(process, log, before)
        if (status := front_page(address)) != 200:
            raise FailedError(f"make run: {address} answers {status}")
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise FailedError("make run goes on after Ctrl-C") from None


def printed_address(process: subprocess.Popen[bytes], log: Path, before: int) -> str:
    deadline = time.monotonic() + INSTALLING
    while time.monotonic() < deadline and process.poll() is None:
        if found := ADDRESS.search(log.read_bytes()[before:].decode(errors="replace")):
            return found[1]
        time.sleep(0.2)
    raise FailedError("make run: no address is printed")


def front_page(address: str) -> int:
    """The status of its answer. The address is printed before the server listens."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return httpx.get(address, timeout=PATIENCE, trust_env=False).status_code
        except httpx.ConnectError:
            if time.monotonic() > deadline:
                raise FailedError(f"make run: nothing listens at {address}") from None
        time.sleep(0.2)
