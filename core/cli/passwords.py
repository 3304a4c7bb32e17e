"""Makes a password for an account that is given none (the notes ask for each one).

It follows the notes' password rule, is long enough for the sign-in form, comes from the system's
secure random source and is stored nowhere: the caller shows it once.
"""

import secrets
from string import ascii_lowercase, ascii_uppercase, digits

from django.conf import settings

LENGTH = 20
LOOKALIKES = str.maketrans("", "", "lIO01")  # it may have to be typed from paper
KINDS = [kind.translate(LOOKALIKES) for kind in (ascii_lowercase, ascii_uppercase, digits)]
KINDS.append("$@!%*?&")  # the special characters of the notes' rule


def strong_password() -> str:
    """Return 20 random characters, or as many as LOGIN_PASSWORD_MIN_LENGTH asks for, with at least
    one of each kind that the sign-in form asks for."""
    length = max(LENGTH, settings.INKPOOL_LOGIN_PASSWORD_MIN_LENGTH)
    while True:  # drawing again keeps all passwords that follow the rule equally likely
        drawn = [secrets.choice("".join(KINDS)) for _ in range(length)]
        if all(set(kind) & set(drawn) for kind in KINDS):
            return "".join(drawn)
