"""What the stores of sessions count, for whoever sums it up: on the site's board (core.board).

Promises: each process counts what it does itself, a forked one from nothing. Counting costs no
system call and fails nobody.
"""

from core.board import Slots, Subject
from core.per_process import per_process

# Looks into the store; saves; how often another save came between; commands without an answer.
SESSIONS = Subject("sessions", ("loads", "saves", "conflicts", "outages"), ())
slots = per_process(lambda: Slots(SESSIONS, "sessions"))


def count(name: str) -> None:
    slots().add(name)
