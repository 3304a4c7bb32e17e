"""Where it was measured: processor, interpreter, libraries and servers, for every caption."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

SITE = ["django", "mysqlclient", "django-db-connection-pool", "sqlalchemy", "redis"]
SITE += ["hiredis", "django-redis"]
NOTES = ["flask", "flask-session", "flask-caching", "dbutils", "pymysql"]
ASK = "from importlib.metadata import version; print(*map(version, {}))"


def machine(**servers: str) -> dict[str, str]:
    """In words, the most telling first. `servers`: the versions of those that took part."""
    return {
        "machine": f"{os.cpu_count()} cores, {processor()}",
        "load": f"load average {os.getloadavg()[0]:.1f} at the end",
        "python": f"Python {platform.python_version()}",
        "servers": ", ".join(f"{name} {number}" for name, number in servers.items()),
        "site": ", ".join(f"{name} {number(name)}" for name in SITE),
    }


def number(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(absent)"


def flask_side(python: Path) -> dict[str, str]:
    command = [str(python), "-c", ASK.format(NOTES)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = zip(NOTES, done.stdout.split(), strict=True)
    return {"notes": ", ".join(f"{name} {number}" for name, number in found)}


def processor(path: Path = Path("/proc/cpuinfo")) -> str:
    lines = path.read_text().splitlines() if path.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
