"""Says which process made a file of counters, and whether that process lives."""

import os
from fcntl import LOCK_NB, LOCK_SH, flock
from pathlib import Path

RETIRED = 0  # no process has this number


def pid_of(path: Path) -> int:
    return int(path.name.split(".")[3])


def is_held(path: Path) -> bool:
    """Does the process that made this file live? Of one that may not be opened, its pid tells."""
    try:
        with path.open("rb") as file:
            flock(file, LOCK_SH | LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    except OSError:
        return pid_of(path) != RETIRED and is_alive(pid_of(path))
    return False


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        return True
    return True
