"""What the cookie holds: a session's id, signed (Flask-Session: SESSION_USE_SIGNER).

Promises: a cookie that this site did not write is None, found out without asking the store.
Beside the id stand the session's own lifetime, so that one command can read and prolong it,
and when the cookie was written. Unsigned (SESSION_USE_SIGNER=false) it is the bare id.
"""

import hashlib
import secrets
import time
from typing import NamedTuple

from django.conf import settings
from django.core.signing import BadSignature, Signer

FIXED = "until"  # the lifetime of a session that ends at a date: reading does not prolong it
SITES = ""  # the lifetime is the site's


class Ticket(NamedTuple):
    id: str
    life: str | None = None  # SITES, FIXED or seconds; None: the cookie does not say
    issued: int | None = None

    def id_hash(self) -> str:
        """All that is ever stored of the id."""
        return hashlib.sha256(self.id.encode(errors="surrogatepass")).hexdigest()

    def write(self) -> str:
        if not settings.SESSION_USE_SIGNER:
            return self.id
        return signer().sign(f"{self.id}.{self.life}.{self.issued}")


def now() -> int:
    return int(time.time())


def new_id() -> str:
    return secrets.token_urlsafe(settings.SESSION_ID_LENGTH)


def read(cookie: str | None) -> Ticket | None:
    if not cookie or not settings.SESSION_USE_SIGNER:
        return Ticket(cookie) if cookie else None
    try:
        id, life, issued = signer().unsign(cookie).split(".")
        return Ticket(id, life, int(issued))
    except (BadSignature, ValueError):
        return None


def signer() -> Signer:
    return Signer(salt="core.sessions", sep=".")
