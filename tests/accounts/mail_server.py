"""A mail server on the loopback, for one test: aiosmtpd over real SMTP, with or without TLS."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from core import mail_url
from tests.certificates import Authority

USER, PASSWORD = "inkpool", "p@ss/1"


class Mailbox:
    """Keeps what the server was sent. `answers` refuse recipients, and are given once each."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answers: dict[str, str] = {}

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if answer := self.answers.pop(address, ""):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


class Server(Controller):
    """On a port that the system chooses."""

    def __init__(self, handler: Mailbox, **options: Any) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        super().__init__(handler, "localhost", self.listener.getsockname()[1], **options)

    def _create_server(self) -> Any:
        return self.loop.create_server(
            self._factory_invoker, sock=self.listener, ssl=self.ssl_context
        )


def right_password(
    server: Any, session: Any, envelope: Any, mechanism: Any, data: Any
) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()))


@contextmanager
def mail_server(mailbox: Mailbox, **options: Any) -> Iterator[Server]:
    server = Server(mailbox, **options)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def tls(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """The server's side, and the certificate of the authority that its client must trust."""
    authority = Authority(folder)
    signed = authority.sign("mail")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(signed.certificate, signed.key)
    return context, authority.certificate


def use_server(settings: Any, monkeypatch: pytest.MonkeyPatch, url: str, **changes: Any) -> None:
    """Send over SMTP as with EMAIL_URL=url."""
    monkeypatch.setenv("EMAIL_URL", url)
    server = mail_url.mail_server("EMAIL_URL")._replace(**changes)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.host, server.port
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = server.user, server.password
    settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = server.starts_tls, server.is_tls
