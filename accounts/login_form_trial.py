"""The trial of the sign-in form in the live tour: its verdict on a name and a password.

The fields are the form's own. No attempt is counted, no account is looked up, and neither name nor
password is part of the result.
"""

from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.forms import Field
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.forms import NAME_LENGTH, WRONG_PAIR, NameField, PasswordField
from accounts.login_guard import ACCOUNT_AT_ADDRESS, TOO_MANY
from accounts.validators import (
    MAX_LENGTH,
    TOO_LONG,
    has_pattern,
    rule_messages,
    username_lengths,
)

Rows = list[tuple[str, str]]


def login_form(request: HttpRequest) -> Rows:
    return judged(request.POST.get("name", ""), request.POST.get("pwd", ""))


def judged(name: str, password: str) -> Rows:
    """Each rule in the order of the form with its verdict, then the errors after the rules."""
    least, most = username_lengths()
    name_rules = {"length": NAME_LENGTH % {"min": least, "max": most}}
    password_rules = {"max_length": TOO_LONG % {"max": MAX_LENGTH}}
    if has_pattern():
        rules = rule_messages()
        password_rules = {"min_length": rules["min_length"], **password_rules, **rules}
    minutes = ACCOUNT_AT_ADDRESS.window // 60
    attempts = _("after %(attempts)d attempts") % {"attempts": ACCOUNT_AT_ADDRESS.attempts}
    return [
        *verdicts(NameField(), name, name_rules),
        *verdicts(PasswordField(), password, password_rules),
        (str(WRONG_PAIR), _("if no account has this name and password; not looked up here")),
        (TOO_MANY % {"minutes": minutes}, attempts),
    ]


def verdicts(field: Field, value: str, rules: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yields each rule's message and verdict; a field stops at the first broken rule."""
    broken, message_shown = broken_rule(field, value)
    verdict = _("kept")
    for code, message in {"required": str(field.error_messages["required"]), **rules}.items():
        if code == broken:
            yield message, _("broken: the form shows this message")
            verdict = _("not checked any more")
        else:
            yield message, verdict
    if message_shown and verdict == _("kept"):  # a rule of Django's own, as for null characters
        yield message_shown, _("broken: the form shows this message")


def broken_rule(field: Field, value: str) -> tuple[str | None, str]:
    """The code and the message of the first broken rule; (None, "") if all are kept."""
    try:
        field.clean(value)
    except ValidationError as error:
        return error.error_list[0].code, error.messages[0]
    return None, ""
