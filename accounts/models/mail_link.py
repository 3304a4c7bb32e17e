from django.conf import settings
from django.db import models
from django.utils import timezone

from core.db.fields import ExactCharField
from core.subjects import NEVER_CACHED

LONGEST_PAGE = 500  # characters


class MailLink(models.Model):
    """A link that was sent by mail and may be used once. Only a hash of its token is stored.

    accounts/mail_links.py makes and redeems them.
    """

    class Purpose(models.TextChoices):
        RESET = "reset"
        CONFIRM = "confirm"
        UNDO = "undo"

    cache_subject = NEVER_CACHED

    digest = ExactCharField(max_length=64, unique=True, editable=False)
    purpose = models.CharField(max_length=10, choices=Purpose)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="mail_links")
    address = models.EmailField(blank=True, default="")  # that the account gets
    state = models.CharField(max_length=64)  # of the account; "" for a link that outlives changes
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.purpose


class ResetRequest(models.Model):
    """An address at which a reset of the password was asked for, until the next run of the job.

    The request itself looks up no account, so it takes as long for an unknown address.
    """

    cache_subject = NEVER_CACHED

    address = models.EmailField()
    language = models.CharField(max_length=10)
    page = models.URLField(max_length=LONGEST_PAGE)  # of the reset, as the visitor saw it
    requested_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.address
