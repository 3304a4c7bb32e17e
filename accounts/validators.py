"""The rules of user names and passwords, for the sign-in form and for accounts made anywhere."""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

LONGEST_SPELLING = 600  # characters; folding removes accents and invisible characters
USERNAME = RegexValidator(
    r"\A(?=.*[^\W_])[\w.@+-]+\Z", _("A user name has letters, digits and @ . + - _ only.")
)
PASSWORD_RULE = _(
    "The password needs at least 8 characters, with at least one upper-case letter, one "
    "lower-case letter, one digit and one special character ($@!%*?&)."
)
MIN_LENGTH = 8
MAX_LENGTH = 4096  # bounds the work of matching and hashing, not the choice of a password
TOO_LONG = _("The password may have at most %(max)d characters.")


def is_too_long(username: str | None) -> bool:
    """Whether no account can have this name: normalizing it would take quadratic time."""
    return len(username or "") > LONGEST_SPELLING


def username_lengths() -> tuple[int, int]:
    """The least and the greatest number of characters that the sign-in form accepts."""
    return settings.INKPOOL_LOGIN_USERNAME_MIN_LENGTH, settings.INKPOOL_LOGIN_USERNAME_MAX_LENGTH


def check_length(password: str) -> None:
    """Raises ValidationError for a password that must be neither matched nor hashed."""
    if len(password) > MAX_LENGTH:
        raise ValidationError(TOO_LONG, "max_length", {"max": MAX_LENGTH})


def fits_login_rule(password: str) -> bool:
    """Whether the sign-in form passes this password on to be checked."""
    return len(password) >= MIN_LENGTH and bool(
        re.match(settings.INKPOOL_LOGIN_PASSWORD_REGEXP, password)
    )


class LoginRuleValidator:
    """Refuses a new password that the sign-in form would refuse."""

    def validate(self, password: str, user: object = None) -> None:
        check_length(password)
        if not fits_login_rule(password):
            raise ValidationError(str(PASSWORD_RULE), code="password_rule")

    def get_help_text(self) -> str:
        return str(PASSWORD_RULE)
