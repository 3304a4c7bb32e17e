"""Passwords made for people who gave none (Flask: nothing; the notes ask for each one).

Promises: fits the notes' password rule, is long enough for the sign-in form, comes from the
system's secure source and is kept nowhere; whoever asks for it shows it once.
"""

import secrets
from string import ascii_lowercase, ascii_uppercase, digits

LENGTH = 20
LOOKALIKES = str.maketrans("", "", "lIO01")  # somebody may have to type it from paper
KINDS = [kind.translate(LOOKALIKES) for kind in (ascii_lowercase, ascii_uppercase, digits)]
KINDS.append("$@!%*?&")  # what the notes' rule calls special


def strong_password() -> str:
    """Twenty random characters, at least one of each kind that the sign-in form asks for."""
    while True:  # drawing again until it fits keeps every fitting password equally likely
        drawn = [secrets.choice("".join(KINDS)) for _ in range(LENGTH)]
        if all(set(kind) & set(drawn) for kind in KINDS):
            return "".join(drawn)
