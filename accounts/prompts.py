"""The questions that create_user asks on a terminal; they go to stderr, answers are judged."""

import getpass
import sys
from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, OutputWrapper
from django.utils.translation import gettext as _

from accounts.models import User
from core.cli.console import say

Judge = Callable[[str], None]


def ask_name(stderr: OutputWrapper, judge: Judge) -> str:
    """A user name that `judge` accepts; asks again after saying what was wrong."""
    while True:
        stderr.write(_("User name: "), style_func=str, ending="")
        stderr.flush()
        try:
            if not (name := sys.stdin.readline()):
                raise EOFError
            judge(name)
            return name
        except ValidationError as error:
            say(stderr, one_line(error))
        except (EOFError, KeyboardInterrupt):
            raise cancelled() from None


def ask_password(stderr: OutputWrapper, judge: Judge) -> str:
    """A password typed twice that `judge` accepts, or "" when one is to be made."""
    while True:
        try:
            password = getpass.getpass(_("Password (empty: make one for me): "))
            if not password:
                return ""
            judge(password)
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
    """All messages of an error, those of fields led by the field's label."""
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    named = error.message_dict.items()
    return " ".join(
        _("%(field)s: %(message)s") % {"field": label(field), "message": " ".join(messages)}
        for field, messages in named
    )


def label(field: str) -> str:
    return str(User._meta.get_field(field).verbose_name)  # type: ignore[union-attr]
