"""The password rule of the sign-in form, for accounts made anywhere."""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

PASSWORD_RULE = _(
    "The password needs at least 8 characters, with at least one upper-case letter, one "
    "lower-case letter, one digit and one special character of $@!%*?&"
)
MIN_LENGTH = 8
MAX_LENGTH = 4096  # bounds the work of matching and hashing, not the choice of a password
TOO_LONG = _("The password may have at most %(max)d characters.")


def judge_length(password: str) -> None:
    """Raises ValidationError for a password that must be neither matched nor hashed."""
    if len(password) > MAX_LENGTH:
        raise ValidationError(TOO_LONG, "max_length", {"max": MAX_LENGTH})


def fits_login_rule(password: str) -> bool:
    """Whether the sign-in form would let this password through to the check."""
    return len(password) >= MIN_LENGTH and bool(
        re.match(settings.INKPOOL_LOGIN_PASSWORD_REGEXP, password)
    )


class LoginRuleValidator:
    """A password that the sign-in form would refuse is refused when it is chosen."""

    def validate(self, password: str, user: object = None) -> None:
        judge_length(password)
        if not fits_login_rule(password):
            raise ValidationError(str(PASSWORD_RULE), code="password_rule")

    def get_help_text(self) -> str:
        return str(PASSWORD_RULE)
