from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.current import current_sessions
from accounts.login_sessions import LoginSession
from core.db.fields import ExactCharField
from core.db.text import fold, is_blank

KEY_LENGTH = 255  # what MySQL and MariaDB keep unique for sure
LONGEST_SPELLING = 600  # characters; folding takes away accents and what does not show
ENDS_SESSIONS = {"is_active", "password"}


def is_too_long(username: str | None) -> bool:
    """Whether no account can have this name: normalizing it would take quadratic time."""
    return len(username or "") > LONGEST_SPELLING


def name_key(username: str) -> str:
    """What all spellings of one name have in common; cut where folding made it very long."""
    return fold(username)[:KEY_LENGTH]


class NameKey(ExactCharField):
    """The folded user name, computed whenever a row is written, bulk_create included."""

    def pre_save(self, model_instance: Any, add: bool) -> str:
        key = name_key(model_instance.username)
        setattr(model_instance, self.attname, key)
        return key


class Epoch(models.PositiveIntegerField):
    """How often all sessions of a user were ended; each session carries the count of its sign-in.

    To save somebody deactivated counts on. No other save writes it: an object that was read
    before would bring sessions back.
    """

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        if add:
            return super().pre_save(model_instance, add)
        return F(self.attname) if model_instance.is_active else F(self.attname) + 1


class AccountQuerySet(models.QuerySet["User"]):
    def update(self, **values: Any) -> int:
        """Django's; whoever is deactivated or gets another password so is signed out as well."""
        if not values.keys() & ENDS_SESSIONS:
            return super().update(**values)
        with transaction.atomic(using=self.db):
            pks = list(self.order_by().values_list("pk", flat=True))
            these = AccountQuerySet(User, using=self.db).filter(pk__in=pks)  # and nobody since
            updated = super(AccountQuerySet, these).update(**values)
            accounts(pk__in=pks, is_active=False).count_epoch()
            end_stale(pks)
        return updated

    def count_epoch(self) -> int:
        """Have every session of these users refused from now on."""
        return self.update(session_epoch=F("session_epoch") + 1)


def accounts(**conditions: Any) -> AccountQuerySet:
    return AccountQuerySet(User).filter(**conditions)


class AccountManager(UserManager["User"]):
    def get_queryset(self) -> AccountQuerySet:
        return AccountQuerySet(self.model, using=self._db)

    def named(self, username: str) -> "models.QuerySet[User]":
        """The account, if any, whose name a reader would take for this one."""
        if is_too_long(username):
            return self.none()
        return self.filter(name_key=name_key(username.strip()))

    def get_by_natural_key(self, username: str | None) -> "User":
        """The account a person means at sign-in: case and accents do not matter."""
        if is_too_long(username):
            raise self.model.DoesNotExist
        return self.get(name_key=name_key(username or ""))


class User(AbstractUser):
    cache_subject = "users"
    cache_ignores = ("last_login",)  # written at each sign-in

    username = ExactCharField(
        _("user name"),
        max_length=150,
        unique=True,
        help_text=_("Letters, digits and @ . + - _; at least one letter or digit."),
        validators=[
            RegexValidator(
                r"\A(?=.*[^\W_])[\w.@+-]+\Z",
                _("A user name has letters, digits and @ . + - _ only."),
            )
        ],
        error_messages={"unique": _("This user name is taken.")},
    )
    name_key = NameKey(max_length=KEY_LENGTH, unique=True, editable=False)
    display_name = models.CharField(_("display name"), max_length=80, blank=True)
    bio = models.TextField(_("about the author"), max_length=1000, blank=True)

    session_epoch = Epoch(default=0, editable=False)

    objects: ClassVar[AccountManager] = AccountManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.username if is_blank(self.display_name) else self.display_name

    @classmethod
    def normalize_username(cls, username: str) -> str:
        """In one spelling (NFKC); a name that is too long for an account stays as it is."""
        return username if is_too_long(username) else super().normalize_username(username)

    def clean(self) -> None:
        super().clean()
        if self.username and User.objects.named(self.username).exclude(pk=self.pk).exists():
            raise ValidationError({"username": ValidationError(_("This user name is taken."))})

    def take_name(self, username: str) -> None:
        """Name an account that is still to be saved; raises ValidationError if it may not be."""
        self.username = self.normalize_username(username.strip())  # as it is, if it is too long
        self.full_clean(exclude=["password"])

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        self.username = self.normalize_username(self.username)
        if update_fields is not None and "username" in update_fields:
            update_fields = {*update_fields, "name_key"}
        if update_fields is not None and "is_active" in update_fields:
            update_fields = {*update_fields, "session_epoch"}
        is_new = self._state.adding
        super().save(*args, update_fields=update_fields, **kwargs)
        if is_new or (update_fields is not None and not ENDS_SESSIONS & set(update_fields)):
            return
        if not self.is_active:  # the count is the database's
            self.refresh_from_db(fields=["session_epoch"])
        end_stale([self.pk])

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session has to carry to be this user's: of the password, and of the epoch."""
        of_password = super()._get_session_auth_hash(secret)  # type: ignore[misc]
        return f"{of_password}.{self.session_epoch}" if self.session_epoch else of_password

    def count_epoch(self) -> None:
        """Have every session of this user refused from now on."""
        with transaction.atomic():  # two at once count to two different epochs
            accounts(pk=self.pk).count_epoch()
            self.refresh_from_db(fields=["session_epoch"])

    def end_sessions(self) -> int:
        """Sign out everywhere, also where no row tells of: how many sessions there were."""
        self.count_epoch()
        return LoginSession.objects.filter(user=self).end()


def end_stale(pks: list[int]) -> None:
    """Once it is committed, end the sessions of these users that open no door any more.

    They are refused anyway. The session of this very request is left to whoever answers it:
    update_session_auth_hash() may be about to let it in again.
    """
    rows = LoginSession.objects.filter(user__in=pks)
    transaction.on_commit(lambda: rows.sweep(current_sessions()), robust=True)
