"""Reads EMAIL_URL and the sender of mails for core.settings, as core.env reads other variables.

Guarantees: a URL that would be misread is refused, and is not shown.
"""

import re
from email.utils import parseaddr
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from environ.compat import ImproperlyConfigured  # Django's own

from core.env import is_set, refusal, text, url


class MailServer(NamedTuple):
    host: str = ""
    port: int = 25
    user: str = ""
    password: str = ""
    starts_tls: bool = False  # after a greeting in plain text
    is_tls: bool = False


def mail_server(name: str) -> MailServer:
    """The server of `smtp://user:password@host:587` or `smtps://…`; no host if it is unset.

    smtps is TLS from the first byte (RFC 8314); smtp demands STARTTLS, except of this machine.
    """
    parts = urlsplit(url(name, ("smtp", "smtps")) or "")
    if not parts.hostname:
        return MailServer()
    if parts.path.strip("/") or parts.query:
        raise refusal(name, "smtp://user:password@host:587 or smtps://…, without path and options")
    is_local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    starts_tls = parts.scheme == "smtp" and not is_local
    is_tls = parts.scheme == "smtps"
    port = parts.port or (465 if is_tls else 587 if starts_tls else 25)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return MailServer(parts.hostname, port, user, password, starts_tls, is_tls)


def sender(name: str, default: str, needed_by: str) -> str:
    """An e-mail address, also with a name: `Inkpool <noreply@example.org>`.

    Raises ImproperlyConfigured if it is unset but `needed_by` is set, too.
    """
    if is_set(needed_by) and not is_set(name):
        raise ImproperlyConfigured(
            f"{needed_by} is set, so {name} must be: the address that its mails come from."
        )
    value = text(name, default)
    if (
        not re.fullmatch(r"[^\s@,<>\"]+@[^\s@,<>\"]+", parseaddr(value)[1])
        or not value.isprintable()
    ):
        raise refusal(name, "an address: noreply@example.org or Inkpool <noreply@example.org>")
    return value
