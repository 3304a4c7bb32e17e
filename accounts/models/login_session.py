"""The sessions of a user, as the device list shows them, and devices that were ended."""

from collections.abc import Collection, Iterable, Iterator

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.user_agents import device_name
from core.db.fields import ExactCharField
from core.g import current_request
from core.sessions.inspection import hashes_of, peek, session_store
from core.subjects import NEVER_CACHED

REVOKED = "revoked"  # why a session ended: its user or the team wanted it


class LoginSessionQuerySet(models.QuerySet["LoginSession"]):
    def alive(self) -> list["LoginSession"]:
        """The rows whose session still signs its user in, by one query to the session store."""
        return [row for row, is_alive in self._judged() if is_alive]

    def sweep(self, spare: Collection[str] = ()) -> int:
        """End the sessions that no longer sign their user in, and delete their rows: how many.

        Rows whose hash is in `spare` are left alone.
        """
        over = {row.id_hash for row, is_alive in self._judged() if not is_alive} - {*spare}
        end_sessions(over)
        return len(over)

    def _judged(self) -> Iterator[tuple["LoginSession", bool]]:
        rows = list(self.select_related("user"))
        sessions = peek(row.id_hash for row in rows)
        return ((row, row.user.accepts(sessions.get(row.id_hash, {}))) for row in rows)

    def end(self) -> int:
        """End the sessions of these rows at once and delete the rows; how many sessions existed."""
        return end_sessions(self.values_list("id_hash", flat=True))


class LoginSession(models.Model):
    """Shows one session of the store in the device list of its user.

    The session decides: a row counts only while its session exists and signs its user in. It is
    written after its session and deleted after it, so that an interruption in between leaves a
    session that gets its row later, or a row that the next look removes.
    """

    cache_subject = NEVER_CACHED

    id_hash = ExactCharField(max_length=64, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="login_sessions",
        verbose_name=_("user"),
    )
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    browser = models.CharField(_("browser"), max_length=40, blank=True)
    system = models.CharField(_("system"), max_length=40, blank=True)
    created_at = models.DateTimeField(_("signed in"), default=timezone.now)
    last_seen_at = models.DateTimeField(_("last seen"), default=timezone.now)

    objects = LoginSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")
        ordering = ["-last_seen_at", "-pk"]
        indexes = [models.Index(fields=["user", "-last_seen_at"], name="accounts_login_seen")]

    def __str__(self) -> str:
        return self.device

    @property
    def device(self) -> str:
        return device_name(self.browser, self.system)


class EndedDevice(models.Model):
    """A device that its user has ended: its cookie gives no allowance of attempts any more."""

    cache_subject = NEVER_CACHED

    device = ExactCharField(max_length=32, unique=True, editable=False)
    ended_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.device


def end_sessions(id_hashes: Iterable[str]) -> int:
    """End the sessions with these hashes and delete their rows: how many sessions existed."""
    hashes = list(id_hashes)
    ended = session_store().end(hashes, REVOKED)
    if hashes:
        LoginSession.objects.filter(id_hash__in=hashes).delete()
    return ended


def end_stale(pks: list[int]) -> None:
    """After the commit, end the sessions of these users that no longer sign them in.

    They are refused in any case. The session of the present request is left to its view:
    update_session_auth_hash() may be about to renew it.
    """
    rows = LoginSession.objects.filter(user__in=pks)
    transaction.on_commit(lambda: rows.sweep(hashes_of(current_request())), robust=True)
