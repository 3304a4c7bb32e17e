"""The job that answers requests for a reset of the password and sends queued mails.

Guarantees: a failed mail is tried again after 1, 2, 4, … minutes, at most 4 hours, for two days;
then it is failed, and so is at once a mail that the server refuses for good (5xx). The admin lists
both.
A mail is sent at least once: a process that is killed between the server's answer and the next
statement leaves one mail that is sent twice. Sent mails are deleted, since they hold secrets.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone
from post_office.mail import get_queued
from post_office.models import STATUS, Email, Log

from accounts.mail_links import forget_expired
from accounts.reset_requests import answer_requests

BATCH = 20  # mails
# Of a batch, in seconds, to which its last mail adds EMAIL_TIMEOUT for each answer of the server:
# less than the lock of a job, or another process would send the same mails.
LONGEST_BATCH = 60.0
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=4)
TRIES = 20
KEPT = timedelta(days=30)  # failed mails, for the admin
LONGEST_ERROR = 500  # characters
REFUSALS = (SMTPRecipientsRefused, SMTPSenderRefused, SMTPDataError)
logger = logging.getLogger(__name__)


class MailExpired(Exception):  # noqa: N818 - a state of a mail
    """Its links are not valid any more."""


def send_mail() -> Iterator[int]:
    """The job. Raises the error of a server that cannot be reached, so that the job is failed."""
    yield forget_expired() + forget_failed()
    while answered := answer_requests():
        yield answered
    while expired := give_up_expired():
        yield expired
    while batch := list(get_queued()[:BATCH]):
        yield send_batch(batch)


def send_batch(batch: Sequence[Email]) -> int:
    """Send mails over one connection until LONGEST_BATCH; how many were sent."""
    connection, until, sent = get_connection(), time.monotonic() + LONGEST_BATCH, 0
    try:
        connection.open()
    except OSError as error:  # also an SMTPException, after which the socket may be open
        connection.close()
        for email in batch:
            note_failure(email, error)
        raise
    with connection:
        for email in batch:
            sent += deliver(email, connection)
            if time.monotonic() > until:
                break
    return sent


def deliver(email: Email, connection: BaseEmailBackend) -> int:
    """1 if the mail was sent, 0 if it was refused; raises OSError if the server has gone."""
    try:
        # Without `commit` it raises what the server answers, and writes nothing.
        email.dispatch(  # type: ignore[no-untyped-call]
            commit=False, disconnect_after_delivery=False, connection=connection
        )
    except REFUSALS as error:
        note_failure(email, error, is_final=is_final(error))
        connection.close()  # a 421 has ended it; the next mail opens another
        return 0
    except OSError as error:  # of a server that ends the connection, perhaps at this mail only
        note_failure(email, error)
        raise
    except Exception as error:  # of this mail, such as an address that cannot be encoded
        note_failure(email, error, is_final=True)
        return 0
    email.delete()
    return 1


def is_final(error: Exception) -> bool:
    """Whether the server's answer was 5xx, for each recipient (RFC 5321)."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in error.recipients.values())
    return getattr(error, "smtp_code", 0) >= 500


def note_failure(email: Email, error: Exception, *, is_final: bool = False) -> None:
    """Store the error, and when the mail is tried again."""
    tries, now = (email.number_of_retries or 0) + 1, timezone.now()
    is_over = is_final or tries >= TRIES
    wait = min(FIRST_WAIT * 2 ** min(tries - 1, 10), LONGEST_WAIT)
    logger.warning(
        "Mail %s: try %s has failed: %s: %s", email.pk, tries, type(error).__name__, error
    )
    with transaction.atomic():
        stored = Email.objects.filter(pk=email.pk).update(
            status=STATUS.failed if is_over else STATUS.requeued,
            number_of_retries=tries,
            scheduled_time=now + wait,
            last_updated=now,
        )
        if stored:
            name, text = type(error).__name__, str(error)[:LONGEST_ERROR]
            Log.objects.create(email=email, status=STATUS.failed, exception_type=name, message=text)


def give_up_expired() -> int:
    waiting = Email.objects.filter(status__in=[STATUS.queued, STATUS.requeued])
    expired = list(waiting.filter(expires_at__lte=timezone.now())[:BATCH])
    for email in expired:
        note_failure(email, MailExpired("its link is not valid any more"), is_final=True)
    return len(expired)


def forget_failed() -> int:
    old = timezone.now() - KEPT
    return Email.objects.filter(status=STATUS.failed, last_updated__lt=old).delete()[0]
