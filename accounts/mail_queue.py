"""Queues mails in the database, by django-post-office (Flask: Flask-Mail, which sends at once).

    with transaction.atomic():
        user.save()
        queue(user.email, "password_changed", {"user": user})

Guarantees: a mail is written in the transaction of what it tells, so it is sent if that is
committed and only then. No request waits for a mail server: a job sends (accounts/mail_sending.py).
"""

import logging
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from post_office.models import PRIORITY, STATUS, Email

from accounts.validators import check_address

logger = logging.getLogger(__name__)


def queue(
    address: str, name: str, context: dict[str, Any], *, expires_at: datetime | None = None
) -> None:
    """Queue the mail `templates/mail/NAME.txt` and `.html` in the current language.

    The first line of the text is the subject. After `expires_at` it is not sent any more. Nothing
    is queued without an address, to one that the queue would misread (an account may have it from
    before such addresses were refused), or on a site that sends no mail.
    """
    if not settings.INKPOOL_SENDS_MAIL or not is_usable(address):
        return
    context = {**context, "site": settings.INKPOOL_SITE_NAME}
    subject, _newline, message = render_to_string(f"mail/{name}.txt", context).partition("\n")
    Email.objects.create(
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[address],  # type: ignore[misc]  # its field takes lists
        subject=subject.strip(),
        message=message.strip() + "\n",
        html_message=render_to_string(f"mail/{name}.html", context | {"subject": subject}),
        headers={"Auto-Submitted": "auto-generated"},  # RFC 3834: no automatic answers
        priority=PRIORITY.medium,
        status=STATUS.queued,
        expires_at=expires_at,
    )


def is_usable(address: str) -> bool:
    try:
        check_address(address)
    except ValidationError as error:
        logger.error("No mail is sent to %r: %s", address, error.messages[0])
        return False
    return bool(address)
