"""The job that sends mails: over SMTP with TLS, again after failures, after a commit only."""

import itertools
from datetime import timedelta
from smtplib import SMTPNotSupportedError, SMTPServerDisconnected
from ssl import SSLCertVerificationError
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.utils import timezone
from post_office.models import STATUS, Email

from accounts import mail_sending
from accounts.mail_queue import queue
from accounts.mail_sending import KEPT, LONGEST_BATCH, TRIES, send_mail
from tests.accounts.mail_server import (
    PASSWORD,
    USER,
    Mailbox,
    mail_server,
    right_password,
    tls,
    use_server,
)

pytestmark = pytest.mark.django_db
QUOTED = f"{USER}:p%40ss%2F1"


@pytest.fixture(autouse=True)
def sends_mail(settings):
    settings.INKPOOL_SENDS_MAIL = True


@pytest.fixture
def mailbox():
    return Mailbox()


@pytest.fixture
def plain(mailbox, settings, monkeypatch):
    """A server of this machine, which takes mail in plain text."""
    with mail_server(mailbox) as server:
        use_server(settings, monkeypatch, f"smtp://localhost:{server.port}")
        yield mailbox


def queue_one(alice, address="alice@example.org", **options):
    queue(address, "password_changed", {"user": alice}, **options)


def send():
    return sum(send_mail())


def due_now():
    Email.objects.update(scheduled_time=None)


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # of the server
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_mail_is_sent_over_tls_with_a_password(
    scheme, mailbox, tmp_path, settings, monkeypatch, alice
):
    context, authority = tls(tmp_path)
    way = {"ssl_context": context} if scheme == "smtps" else {"tls_context": context}
    way |= {} if scheme == "smtps" else {"require_starttls": True}
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    login = {"authenticator": right_password, "auth_required": True}
    login |= {"auth_require_tls": scheme == "smtp"}
    with mail_server(mailbox, **way, **login) as server:
        url = f"{scheme}://{QUOTED}@localhost:{server.port}"
        use_server(settings, monkeypatch, url, starts_tls=scheme == "smtp")
        queue_one(alice)
        assert send() == 1
    (mail,) = mailbox.mails
    assert (mail["To"], mail["From"]) == ("alice@example.org", settings.DEFAULT_FROM_EMAIL)
    assert mail["Subject"] == "Your password for Inkpool was changed"
    assert "alice_writes" in mail.get_body(["plain"]).get_content()
    assert "<p>" in mail.get_body(["html"]).get_content()
    assert mail["Auto-Submitted"] == "auto-generated"
    assert not Email.objects.exists()
    assert settings.EMAIL_HOST_PASSWORD == PASSWORD


def test_unknown_certificate_is_refused_and_the_mail_is_kept(
    mailbox, tmp_path, settings, monkeypatch, alice
):
    context, _authority = tls(tmp_path)
    with mail_server(mailbox, tls_context=context) as server:
        url = f"smtp://{QUOTED}@localhost:{server.port}"
        use_server(settings, monkeypatch, url, starts_tls=True)
        queue_one(alice)
        with pytest.raises(SSLCertVerificationError):
            send()
    assert mailbox.mails == []
    assert Email.objects.get().status == STATUS.requeued


def test_password_is_not_sent_to_a_server_without_tls(mailbox, settings, monkeypatch, alice):
    with mail_server(mailbox) as server:
        url = f"smtp://{QUOTED}@localhost:{server.port}"
        use_server(settings, monkeypatch, url, starts_tls=True)
        queue_one(alice)
        with pytest.raises(SMTPNotSupportedError):
            send()
    assert mailbox.mails == []


def test_mail_waits_while_the_server_is_away(mailbox, settings, monkeypatch, alice):
    with mail_server(mailbox) as server:
        use_server(settings, monkeypatch, f"smtp://localhost:{server.port}")
    queue_one(alice)
    queue_one(alice, "bob@example.org")
    for wait in (1, 2, 4, 8):
        now = timezone.now()
        with pytest.raises(OSError):
            send()
        for email in Email.objects.all():
            assert email.status == STATUS.requeued
            assert timedelta(0) <= email.scheduled_time - now - timedelta(minutes=wait)
            assert email.scheduled_time - now - timedelta(minutes=wait) < timedelta(seconds=30)
        assert send() == 0  # nothing is due
        due_now()
    with mail_server(mailbox) as server:
        settings.EMAIL_PORT = server.port
        assert send() == 2
    assert {mail["To"] for mail in mailbox.mails} == {"alice@example.org", "bob@example.org"}


def test_mail_fails_after_the_last_try(settings, monkeypatch, alice, mailbox):
    with mail_server(mailbox) as server:
        use_server(settings, monkeypatch, f"smtp://localhost:{server.port}")
    queue_one(alice)
    Email.objects.update(number_of_retries=TRIES - 1)
    with pytest.raises(OSError):
        send()
    assert Email.objects.get().status == STATUS.failed


def test_recipient_refused_for_good_fails_at_once_and_holds_up_no_other(plain, alice):
    plain.answers["nobody@example.org"] = "550 no such user"
    queue_one(alice, "nobody@example.org")
    queue_one(alice)
    assert send() == 1
    failed = Email.objects.get()
    assert (failed.to, failed.status) == (["nobody@example.org"], STATUS.failed)
    assert "no such user" in failed.logs.get().message


def test_recipient_refused_for_now_is_tried_again(plain, alice):
    plain.answers["alice@example.org"] = "451 greylisted"
    queue_one(alice)
    assert send() == 0
    assert Email.objects.get().status == STATUS.requeued
    due_now()
    assert send() == 1


def test_connection_that_ends_at_one_mail_counts_no_try_of_another(plain, alice):
    plain.answers["alice@example.org"] = "421 too many mails"
    queue_one(alice)
    queue_one(alice, "bob@example.org")
    assert send() == 1
    assert [mail["To"] for mail in plain.mails] == ["bob@example.org"]
    assert Email.objects.get().number_of_retries == 1


def test_batch_of_a_slow_server_ends_before_the_lock_of_the_job(plain, alice, monkeypatch):
    clock = itertools.count(0.0, LONGEST_BATCH)
    monkeypatch.setattr(mail_sending, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    for _ in range(4):
        queue_one(alice)
    assert [sent for sent in send_mail() if sent] == [2, 2]


def test_connection_that_ends_keeps_the_mails_that_were_not_sent(plain, alice, monkeypatch):
    for name in ("alice", "bob", "erin"):
        queue_one(alice, f"{name}@example.org")
    sent = []

    def dispatch(email, **options):
        if sent:
            raise SMTPServerDisconnected("gone")
        sent.append(email.to)

    monkeypatch.setattr(Email, "dispatch", dispatch)
    with pytest.raises(SMTPServerDisconnected):
        send()
    left = Email.objects.order_by("pk").values_list("to", "number_of_retries")
    assert list(left) == [(["bob@example.org"], 1), (["erin@example.org"], None)]


def test_mail_of_a_rolled_back_transaction_is_not_sent(plain, alice):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        queue_one(alice)
        raise ZeroDivisionError
    assert send() == 0
    assert plain.mails == []


def test_mail_whose_link_has_expired_is_not_sent_and_is_listed(plain, alice):
    queue_one(alice, expires_at=timezone.now() - timedelta(seconds=1))
    send()
    assert plain.mails == []
    failed = Email.objects.get()
    assert (failed.status, failed.logs.get().exception_type) == (STATUS.failed, "MailExpired")


def test_failed_mails_are_deleted_after_a_month(plain, alice):
    queue_one(alice)
    old = timezone.now() - KEPT - timedelta(days=1)
    Email.objects.update(status=STATUS.failed, last_updated=old)
    send()
    assert not Email.objects.exists()


def test_site_without_a_mail_server_queues_nothing(settings, alice):
    settings.INKPOOL_SENDS_MAIL = False
    queue_one(alice)
    assert not Email.objects.exists()
