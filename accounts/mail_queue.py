"""Queues mails in the database, by django-post-office (Flask: Flask-Mail, which sends at once).

    with transaction.atomic():
        user.save()
        queue(user.email, "password_changed", {"user": user})

Guarantees: a mail is written in the transaction of what it tells, so it is sent if that is
committed and only then. No request waits for a mail server: a job sends (accounts/mail_sending.py).
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from post_office.models import PRIORITY, STATUS, Email


def queue(
    address: str, name: str, context: dict[str, Any], *, expires_at: datetime | None = None
) -> None:
    """Queue the mail `templates/mail/NAME.txt` and `.html` in the current language.

    The first line of the text is the subject. After `expires_at` it is not sent any more. Nothing
    is queued without an address, or on a site that sends no mail.
    """
    if not address or not settings.INKPOOL_SENDS_MAIL:
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
