"""What the session stores count, in counters that all processes can read.

Promises: each process counts what it does itself, a forked one from nothing. Counting costs no
system call and fails nobody.
"""

from core.shared_memory.process_counters import Slots, Subject
from core.workers.per_process import per_process

# Looks into the store; saves; how often another save came between; commands without an answer.
SESSIONS = Subject("sessions", ("loads", "saves", "conflicts", "outages"), ())
slots = per_process(lambda: Slots(SESSIONS, "sessions"))


def count(name: str) -> None:
    slots().add(name)
