"""What the sign-in form would say of a pair, rule by rule, for the live tour at /docs/try/.

Promises: the fields are the form's own; the pair is judged and forgotten: no attempt is counted,
no account is looked for, nothing of it is in the answer.
"""

from collections.abc import Iterator

from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms import Field
from django.utils.translation import gettext as _

from accounts.forms import (
    NAME_LENGTH,
    TOO_MANY,
    TOO_SHORT,
    WRONG_PAIR,
    NameField,
    PasswordField,
)
from accounts.login_guard import ACCOUNT_AT_ADDRESS
from accounts.validators import MAX_LENGTH, MIN_LENGTH, PASSWORD_RULE, TOO_LONG

Rows = list[tuple[str, str]]


def judged(name: str, password: str) -> Rows:
    """Each rule in the order of the form with its verdict, and what comes after the rules."""
    least, most = settings.LOGIN_USERNAME_MIN_LENGTH, settings.LOGIN_USERNAME_MAX_LENGTH
    of_names = {"length": NAME_LENGTH % {"min": least, "max": most}}
    of_passwords = {
        "min_length": TOO_SHORT % {"min": MIN_LENGTH},
        "max_length": TOO_LONG % {"max": MAX_LENGTH},
        "password_rule": str(PASSWORD_RULE),
    }
    rows = [*verdicts(NameField(), name, of_names)]
    rows += verdicts(PasswordField(), password, of_passwords)
    minutes = ACCOUNT_AT_ADDRESS.window // 60
    attempts = _("after %(attempts)d attempts") % {"attempts": ACCOUNT_AT_ADDRESS.attempts}
    return [
        *rows,
        (str(WRONG_PAIR), _("when no account has the pair; this one was not looked for")),
        (TOO_MANY % {"minutes": minutes}, attempts),
    ]


def verdicts(field: Field, value: str, rules: dict[str, str]) -> Iterator[tuple[str, str]]:
    """A field stops at the first rule that is broken, and shows it."""
    broken, words = broken_rule(field, value)
    verdict = _("kept")
    for code, message in {"required": str(field.error_messages["required"]), **rules}.items():
        if code == broken:
            yield message, _("broken: the form says so")
            verdict = _("not asked any more")
        else:
            yield message, verdict
    if words and verdict == _("kept"):
        yield words, _("broken: the form says so")  # a rule of Django's own, as of null characters


def broken_rule(field: Field, value: str) -> tuple[str | None, str]:
    """Its code and what the form says of it."""
    try:
        field.clean(value)
    except ValidationError as error:
        return error.error_list[0].code, error.messages[0]
    return None, ""
