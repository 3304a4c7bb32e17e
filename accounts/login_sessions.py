"""Where somebody is signed in: one row beside each session of the store.

The session is the truth. A row is believed only while its session is there and opens its user's
door; it is written after its session and deleted after it, so what stops in between leaves a
session that gets its row later, or a row that the next look removes.
"""

from collections.abc import Collection, Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.db import models
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.db.fields import ExactCharField
from core.sessions.inspection import peek, session_store
from core.subjects import NEVER_CACHED

REVOKED = "revoked"  # why a session ended: its user or the team wanted it


class LoginSessionQuerySet(models.QuerySet["LoginSession"]):
    def alive(self) -> list["LoginSession"]:
        """Those whose session still signs its user in, by one question to the store."""
        rows = list(self.select_related("user"))
        held = peek(row.id_hash for row in rows)
        return [row for row in rows if signs_in(row.user, held.get(row.id_hash, {}))]

    def sweep(self, spare: Collection[str] = ()) -> int:
        """End what opens no door any more and delete its rows: how many rows.

        `spare` are hashes to leave alone.
        """
        rows = list(self.select_related("user"))
        held = peek(row.id_hash for row in rows)
        over = [row.id_hash for row in rows if not signs_in(row.user, held.get(row.id_hash, {}))]
        over = [id_hash for id_hash in over if id_hash not in spare]
        end(over)
        return len(over)

    def end(self) -> int:
        """End their sessions, at once: how many there were."""
        return end(self.values_list("id_hash", flat=True))


class LoginSession(models.Model):
    cache_subject = NEVER_CACHED

    id_hash = ExactCharField(max_length=64, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="login_sessions",
        verbose_name=gettext_lazy("user"),
    )
    address = models.GenericIPAddressField(gettext_lazy("address"), null=True, blank=True)
    browser = models.CharField(gettext_lazy("browser"), max_length=40, blank=True)
    system = models.CharField(gettext_lazy("system"), max_length=40, blank=True)
    created_at = models.DateTimeField(gettext_lazy("signed in"), default=timezone.now)
    last_seen_at = models.DateTimeField(gettext_lazy("last seen"), default=timezone.now)

    objects = LoginSessionQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("sign-in")
        verbose_name_plural = gettext_lazy("sign-ins")
        ordering = ["-last_seen_at", "-pk"]
        indexes = [models.Index(fields=["user", "-last_seen_at"], name="accounts_login_seen")]

    def __str__(self) -> str:
        return self.device

    @property
    def device(self) -> str:
        """Its browser and system in the language of who reads it: Firefox on Windows."""
        browser, system = self.browser and _(self.browser), self.system and _(self.system)
        if browser and system:
            return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
        return browser or system or _("Unknown device")


def end(id_hashes: Iterable[str]) -> int:
    """End the sessions with these hashes and delete their rows: how many sessions there were."""
    hashes = list(id_hashes)
    ended = session_store().end(hashes, REVOKED)
    if hashes:
        LoginSession.objects.filter(id_hash__in=hashes).delete()
    return ended


def signs_in(user: Any, values: dict[str, Any]) -> bool:
    """Whether a session with these values opens the user's door, as auth.get_user() judges."""
    if not user.is_active or values.get(SESSION_KEY) != str(user.pk):
        return False
    given = str(values.get(HASH_SESSION_KEY, ""))
    valid = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    return any(constant_time_compare(given, each) for each in valid)
