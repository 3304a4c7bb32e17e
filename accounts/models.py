from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.fields import ExactCharField
from core.text import fold

KEY_LENGTH = 255  # what MySQL and MariaDB keep unique for sure


def name_key(username: str) -> str:
    """What all spellings of one name have in common; cut where folding made it very long."""
    return fold(username)[:KEY_LENGTH]


class NameKey(ExactCharField):
    """The folded user name, computed whenever a row is written, bulk_create included."""

    def pre_save(self, model_instance: Any, add: bool) -> str:
        key = name_key(model_instance.username)
        setattr(model_instance, self.attname, key)
        return key


class AccountManager(UserManager["User"]):
    def named(self, username: str) -> "models.QuerySet[User]":
        """The account, if any, whose name a reader would take for this one."""
        return self.filter(name_key=name_key(username.strip()))

    def get_by_natural_key(self, username: str | None) -> "User":
        """The account a person means at sign-in: case and accents do not matter."""
        return self.get(name_key=name_key(username or ""))


class User(AbstractUser):
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

    objects: ClassVar[AccountManager] = AccountManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.display_name or self.username

    def clean(self) -> None:
        super().clean()
        if self.username and User.objects.named(self.username).exclude(pk=self.pk).exists():
            raise ValidationError({"username": ValidationError(_("This user name is taken."))})

    def take_name(self, username: str) -> None:
        """Name an account that is still to be saved; raises ValidationError if it may not be."""
        self.username = self.normalize_username(username.strip())
        self.full_clean(exclude=["password"])

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        self.username = self.normalize_username(self.username)
        if update_fields is not None and "username" in update_fields:
            update_fields = {*update_fields, "name_key"}
        super().save(*args, update_fields=update_fields, **kwargs)
