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
    "lower-case letter, one digit and one special character ($@!%*?&). Its first 8 characters "
    "are letters from A to Z, digits and these special characters only; any may follow."
)
OWN_PATTERN = _("The password must match this pattern from its first character on: %(pattern)s")
TOO_SHORT = _("The password must have at least %(min)d characters.")
QUOTED = _("Addresses with quotation marks or commas are not supported.")
MAX_LENGTH = 4096  # bounds the work of matching and hashing, not the choice of a password
TOO_LONG = _("The password may have at most %(max)d characters.")


def is_too_long(username: str | None) -> bool:
    """Whether no account can have this name: normalizing it would take quadratic time."""
    return len(username or "") > LONGEST_SPELLING


def check_address(address: str) -> None:
    """Raises ValidationError for an address that the queue of mails, a list with commas, divides
    or reads as a name with an address."""
    if set('",<>') & set(address):
        raise ValidationError(QUOTED, "quoted")


def username_lengths() -> tuple[int, int]:
    """The least and the greatest number of characters that the sign-in form accepts."""
    return settings.INKPOOL_LOGIN_USERNAME_MIN_LENGTH, settings.INKPOOL_LOGIN_USERNAME_MAX_LENGTH


def check_length(password: str) -> None:
    """Raises ValidationError for a password that must be neither matched nor hashed."""
    if len(password) > MAX_LENGTH:
        raise ValidationError(TOO_LONG, "max_length", {"max": MAX_LENGTH})


def has_pattern() -> bool:
    """Whether passwords follow the notes' rule, which their sign-in form checks too."""
    return settings.INKPOOL_LOGIN_PASSWORD_POLICY == "notes"


def pattern_message() -> str:
    pattern = settings.INKPOOL_LOGIN_PASSWORD_REGEXP
    if pattern == settings.INKPOOL_NOTES_PASSWORD_REGEXP:
        return str(PASSWORD_RULE)
    return str(OWN_PATTERN) % {"pattern": pattern}


def least_length() -> int:
    return int(settings.INKPOOL_LOGIN_PASSWORD_MIN_LENGTH)


def rule_messages() -> dict[str, str]:
    """The messages of the rule for passwords by their error codes, in the order of judging."""
    messages = {"min_length": str(TOO_SHORT) % {"min": least_length()}}
    return messages | ({"password_rule": pattern_message()} if has_pattern() else {})


def check_password_rule(password: str) -> None:
    """Raises ValidationError with the first message of the rule that the password breaks."""
    check_length(password)
    messages = rule_messages()
    if len(password) < least_length():
        raise ValidationError(messages["min_length"], "min_length")
    if has_pattern() and not re.match(settings.INKPOOL_LOGIN_PASSWORD_REGEXP, password):
        raise ValidationError(messages["password_rule"], "password_rule")


class LoginRuleValidator:
    """Refuses a new password that the sign-in form, or LOGIN_PASSWORD_POLICY, would refuse."""

    def validate(self, password: str, user: object = None) -> None:
        check_password_rule(password)

    def get_help_text(self) -> str:
        messages = rule_messages()
        if messages.get("password_rule") == str(PASSWORD_RULE) and least_length() == 8:
            return str(PASSWORD_RULE)  # which names the length itself
        return " ".join(messages.values())
