from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AbstractUser, Group, UserManager
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from accounts.lookalike_names import check_scripts, skeleton
from accounts.models.login_session import LoginSession, end_stale
from accounts.validators import USERNAME, check_address, is_too_long
from core.db.fields import ExactCharField
from core.db.text import fold, is_blank
from core.roles import AUTHOR

KEY_LENGTH = 255  # the longest that both MySQL and MariaDB keep unique
ENDS_SESSIONS = {"is_active", "password"}
LOOKS_LIKE_ANOTHER = _("This user name looks like that of another account.")


def name_key(username: str) -> str:
    """The key that all spellings of a name share, cut if folding made it longer than the column."""
    return fold(username)[:KEY_LENGTH]


def look_key(username: str) -> str:
    return skeleton(username)[:KEY_LENGTH]


class NameKey(ExactCharField):
    """The folded user name, computed whenever a row is written, bulk_create() included."""

    def pre_save(self, model_instance: Any, add: bool) -> str:
        key = name_key(model_instance.username)
        setattr(model_instance, self.attname, key)
        return key


class LookKey(ExactCharField):
    """The key that look-alike names share; None for accounts that looked like an earlier one when
    it became unique."""

    def pre_save(self, model_instance: Any, add: bool) -> str | None:
        if add:
            setattr(model_instance, self.attname, look_key(model_instance.username))
        return getattr(model_instance, self.attname)


class Epoch(models.PositiveIntegerField):
    """The number of times that all sessions of a user were ended; a session carries the number of
    its sign-in.

    Saving a deactivated user increments it, and saving an imported one with a new password. No
    other save writes it: an object that was read before an increment would otherwise bring
    sessions back.
    """

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        if add:
            return super().pre_save(model_instance, add)
        return F(self.attname) + 1 if model_instance.ends_all_sessions else F(self.attname)


class AccountQuerySet(models.QuerySet["User"]):
    def update(self, **values: Any) -> int:
        """Django's; ends the sessions of users whom it deactivates or gives another password."""
        if not values.keys() & ENDS_SESSIONS:
            return super().update(**values)
        with transaction.atomic(using=self.db):
            pks = list(self.order_by().values_list("pk", flat=True))
            these = AccountQuerySet(User, using=self.db).filter(pk__in=pks)  # no later match
            updated = super(AccountQuerySet, these).update(**values)
            these.filter(is_active=False).increment_epoch()
            if "password" in values:
                these.filter(is_active=True).exclude(imported_from="").increment_epoch()
            end_stale(pks)
        return updated

    def increment_epoch(self) -> int:
        """Refuse every session of these users from now on."""
        return self.update(session_epoch=F("session_epoch") + 1)


class AccountManager(UserManager["User"]):
    def get_queryset(self) -> AccountQuerySet:
        return AccountQuerySet(self.model, using=self._db)

    def named(self, username: str) -> "models.QuerySet[User]":
        """The account, if any, whose name a reader would take for this one."""
        if is_too_long(username):
            return self.none()
        return self.filter(name_key=name_key(username.strip()))

    def get_by_natural_key(self, username: str | None) -> "User":
        """The account that a sign-in names; case and accents do not matter."""
        if is_too_long(username):
            raise self.model.DoesNotExist
        return self.get(name_key=name_key(username or ""))


class PasswordState(models.TextChoices):
    """The step that a password needs next; "" if it needs none."""

    CHANGE = "change", _("must be changed at the next sign-in")
    WEAK = "weak", _("signs in, but breaks the rules and must be changed")
    RESET = "reset", _("must be reset")


class User(AbstractUser):
    cache_subject = "users"
    cache_ignores = ("last_login",)  # written at each sign-in

    username = ExactCharField(
        _("user name"),
        max_length=150,
        unique=True,
        help_text=_("Letters, digits and @ . + - _; at least one letter or digit."),
        validators=[USERNAME],
        error_messages={"unique": _("This user name is taken.")},
    )
    name_key = NameKey(max_length=KEY_LENGTH, unique=True, editable=False)
    look_key = LookKey(max_length=KEY_LENGTH, unique=True, null=True, editable=False)
    display_name = models.CharField(_("display name"), max_length=80, blank=True)
    bio = models.TextField(_("about the author"), max_length=1000, blank=True)

    session_epoch = Epoch(default=0, editable=False)
    password = models.CharField(_("password"), max_length=255)  # werkzeug's have up to 171
    password_state = models.CharField(
        _("state of the password"),
        max_length=10,
        choices=PasswordState,
        blank=True,
        default="",
        db_default="",
        editable=False,
    )
    imported_from = models.CharField(  # the source of import_users; "" for other accounts
        max_length=100, blank=True, default="", db_default="", editable=False
    )
    imported_id = ExactCharField(max_length=100, null=True, editable=False)  # its id in the source
    has_new_password = False  # until it is saved

    objects: ClassVar[AccountManager] = AccountManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(
                fields=["imported_from", "imported_id"], name="accounts_imported_id"
            )
        ]

    def __str__(self) -> str:
        return self.username if is_blank(self.display_name) else self.display_name

    @classmethod
    def normalize_username(cls, username: str) -> str:
        """NFKC; a name that is too long for an account stays as it is."""
        return username if is_too_long(username) else super().normalize_username(username)

    def clean(self) -> None:
        super().clean()
        try:
            check_address(self.email)
        except ValidationError as error:
            raise ValidationError({"email": error}) from None
        if self.username and User.objects.named(self.username).exclude(pk=self.pk).exists():
            raise ValidationError({"username": ValidationError(_("This user name is taken."))})
        if self.username and not is_too_long(self.username) and self.has_new_name:
            try:
                self.check_look()
            except ValidationError as error:
                raise ValidationError({"username": error}) from None

    @property
    def has_new_name(self) -> bool:
        """Whether the stored keys are of another spelling; an account may also have no look."""
        looks_as_stored = self.look_key in (None, look_key(self.username))
        return self.name_key != name_key(self.username) or not looks_as_stored

    def check_look(self) -> None:
        """Raises ValidationError for mixed scripts, and for a name that looks like another's."""
        check_scripts(self.username)
        if User.objects.filter(look_key=look_key(self.username)).exclude(pk=self.pk).exists():
            raise ValidationError(LOOKS_LIKE_ANOTHER, "look_alike")

    def set_password(self, raw_password: str | None) -> None:
        """Django's. Saving the whole user, or `password_state` too, ends a demand to change it."""
        super().set_password(raw_password)
        self.password_state = ""
        self.has_new_password = True

    def set_unusable_password(self) -> None:
        """Django's. Ends all sessions of the user as a new password does."""
        super().set_unusable_password()
        self.has_new_password = True

    @property
    def ends_all_sessions(self) -> bool:
        """Whether a save refuses every session of this user, those of the bridge included: of an
        imported account, a new password is unknown to the application from which it came."""
        return not self.is_active or (self.has_new_password and bool(self.imported_from))

    def set_new_name(self, username: str) -> None:
        """Name an account before its first save; raises ValidationError for a refused name."""
        self.username = self.normalize_username(username.strip())
        self.full_clean(exclude=["password"])

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        self.username = self.normalize_username(self.username)
        if self.has_new_name:
            self.look_key = look_key(self.username)
        if update_fields is not None and "username" in update_fields:
            update_fields = {*update_fields, "name_key", "look_key"}
        if update_fields is not None and {"is_active", "password_state"} & {*update_fields}:
            update_fields = {*update_fields, "session_epoch"}
        if self._state.adding:
            with transaction.atomic(using=kwargs.get("using")):
                super().save(*args, update_fields=update_fields, **kwargs)
                self.groups.add(*Group.objects.using(self._state.db).filter(name=AUTHOR))
            self.has_new_password = False
            return
        super().save(*args, update_fields=update_fields, **kwargs)
        if update_fields is not None and not ENDS_SESSIONS & set(update_fields):
            return
        if self.ends_all_sessions:  # the database has incremented it
            self.refresh_from_db(fields=["session_epoch"])
        self.has_new_password = False
        end_stale([self.pk])

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """The hash that a session must carry: of the password, followed by the epoch."""
        password_hash = super()._get_session_auth_hash(secret)  # type: ignore[misc]
        return f"{password_hash}.{self.session_epoch}" if self.session_epoch else password_hash

    def accepts(self, session: dict[str, Any]) -> bool:
        """Whether a session with these values signs this user in, as auth.get_user() decides."""
        if not self.is_active or session.get(SESSION_KEY) != str(self.pk):
            return False
        given = str(session.get(HASH_SESSION_KEY, ""))
        valid = (self.get_session_auth_hash(), *self.get_session_auth_fallback_hash())
        return any(constant_time_compare(given, each) for each in valid)

    def increment_epoch(self) -> None:
        """Refuse every session of this user from now on."""
        with transaction.atomic():  # parallel calls get different epochs
            AccountQuerySet(User).filter(pk=self.pk).increment_epoch()
            self.refresh_from_db(fields=["session_epoch"])

    def end_sessions(self) -> int:
        """Sign the user out everywhere, also where no row exists; the number of listed sessions."""
        self.increment_epoch()
        return LoginSession.objects.filter(user=self).end()
