from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.db.fields import ExactCharField
from core.roles import ADMINISTRATOR, AUTHOR, EDITOR
from core.subjects import NEVER_CACHED

MOST_USES = 1000


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> "InvitationQuerySet":
        """The invitations that can be used now."""
        return self.filter(revoked_at=None, expires_at__gt=timezone.now(), uses__lt=F("most_uses"))

    def use(self, pk: Any) -> bool:
        """Count one use, by one statement; False if the invitation cannot be used any more."""
        return bool(self.open().filter(pk=pk).update(uses=F("uses") + 1))


class Invitation(models.Model):
    """Lets visitors with its link register. Only a hash of the token in the link is stored."""

    class Role(models.TextChoices):
        AUTHOR = AUTHOR, _("author")
        EDITOR = EDITOR, _("editor")
        ADMINISTRATOR = ADMINISTRATOR, _("administrator")

    cache_subject = NEVER_CACHED

    digest = ExactCharField(max_length=64, unique=True, editable=False)
    note = models.CharField(_("note"), max_length=100, help_text=_("For the team: for whom it is."))
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.AUTHOR)
    most_uses = models.PositiveIntegerField(
        _("number of accounts"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_USES)],
    )
    uses = models.PositiveIntegerField(_("used"), default=0, editable=False)
    expires_at = models.DateTimeField(_("valid until"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("made by"),
    )
    made_at = models.DateTimeField(_("made at"), default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return self.note
