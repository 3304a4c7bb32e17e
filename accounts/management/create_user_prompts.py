"""The prompts of create_user on a terminal; they are written to stderr."""

import getpass
import sys
from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, OutputWrapper
from django.utils.translation import gettext as _

from accounts.models import User
from core.cli.console import say

Validator = Callable[[str], None]  # raises ValidationError


def ask_name(stderr: OutputWrapper, validate: Validator) -> str:
    """A valid user name; prints the error of an invalid one and asks again."""
    while True:
        stderr.write(_("User name: "), style_func=str, ending="")
        stderr.flush()
        try:
            if not (name := sys.stdin.readline()):
                raise EOFError
            validate(name)
            return name
        except ValidationError as error:
            say(stderr, one_line(error))
        except (EOFError, KeyboardInterrupt):
            raise cancelled() from None


def ask_password(stderr: OutputWrapper, validate: Validator) -> str:
    """A valid password, typed twice; "" if one is to be generated."""
    while True:
        try:
            password = getpass.getpass(_("Password (empty: make one for me): "))
            if not password:
                return ""
            validate(password)
            if password == getpass.getpass(_("Password (again): ")):
                return password
            say(stderr, _("The two passwords differ."))
        except ValidationError as error:
            say(stderr, one_line(error))
        except (EOFError, KeyboardInterrupt):
            raise cancelled() from None


def cancelled() -> CommandError:
    return CommandError(_("Cancelled; no account was made."))


def one_line(error: ValidationError) -> str:
    """All messages of an error; those of a field follow its label."""
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    named = error.message_dict.items()
    return " ".join(
        _("%(field)s: %(message)s") % {"field": label(field), "message": " ".join(messages)}
        for field, messages in named
    )


def label(field: str) -> str:
    return str(User._meta.get_field(field).verbose_name)  # type: ignore[union-attr]
