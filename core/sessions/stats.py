"""What the stores of sessions count, for whoever sums it up: on the site's board (core.board).

Promises: each process counts what it does itself, a forked one from nothing. Counting costs no
system call and fails nobody.
"""

import os
from functools import cache

from core.board import Slots, Subject

# Looks into the store; saves; how often another save came between; commands without an answer.
SESSIONS = Subject("sessions", ("loads", "saves", "conflicts", "outages"), ())


@cache
def slots() -> Slots:
    return Slots(SESSIONS, "sessions")


os.register_at_fork(after_in_child=slots.cache_clear)


def count(name: str) -> None:
    slots().add(name)
