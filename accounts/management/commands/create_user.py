import sys
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.db import IntegrityError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.management.create_user_prompts import ask_name, ask_password, one_line
from accounts.models import User
from accounts.validators import username_lengths
from core.cli.base_command import SiteCommand
from core.cli.console import say, say_database
from core.cli.passwords import strong_password

LINE_TO_TYPE = "python manage.py create_user NAME"


class Command(SiteCommand):
    help = gettext_lazy(
        """\
Make an account. On a terminal the password is asked for twice; it may also come
from --password-stdin or the variable DJANGO_USER_PASSWORD, never from the command
line. Without any of these a strong one is made and printed once. The site's
password rules always apply.

Exits 1 when the name or the password is refused, 2 when NAME is missing and there
is no terminal to ask on.
"""
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "name", nargs="?", metavar="NAME", help=_("user name; prompted for if left out")
        )
        parser.add_argument("--email", default="", help=_("email address"))
        parser.add_argument("--staff", action="store_true", help=_("allow access to the admin"))
        parser.add_argument(
            "--superuser", action="store_true", help=_("give every permission, in the admin too")
        )
        parser.add_argument(
            "--password-stdin", action="store_true", help=_("read the password from standard input")
        )
        parser.add_argument(
            "--exist-ok", action="store_true", help=_("exit 0 if the account already exists")
        )
        parser.add_argument(
            "--noinput",
            "--no-input",
            action="store_true",
            help=_("never prompt, even on a terminal"),
        )

    def handle(self, *, name: str | None, **options: Any) -> None:
        name = (name or "").strip()
        on_terminal = sys.stdin is not None and sys.stdin.isatty()
        asking = on_terminal and not (options["noinput"] or options["password_stdin"])
        if not name and not asking:
            raise CommandError(_("NAME is missing. Type: %s") % LINE_TO_TYPE, returncode=2)
        say_database(self.stderr)
        user = new_user(options)
        name = name or ask_name(self.stderr, user.set_new_name)
        try:
            as_utf8(name)
            if options["exist_ok"] and User.objects.named(name).exists():
                self.stdout.write(_("%s exists already; nothing was changed.") % name)
                return
            user.set_new_name(name)
            password, generated = self.choose_password(user, options["password_stdin"], asking)
            user.set_password(password)
            user.save()
        except ValidationError as error:
            raise CommandError(one_line(error)) from None
        except IntegrityError:  # the name was taken after set_new_name()
            raise CommandError(_("This user name is taken.")) from None
        self.report(user, password if generated else "")

    def choose_password(self, user: User, from_stdin: bool, asking: bool) -> tuple[str, bool]:
        """The password, and whether it was generated and must be printed."""
        validate = partial(validate_password, user=user)
        if from_stdin:
            given = sys.stdin.readline().rstrip("\r\n") if sys.stdin else ""
        elif not (given := settings.INKPOOL_NEW_USER_PASSWORD) and asking:
            given = ask_password(self.stderr, validate)
        if from_stdin or given:
            validate(as_utf8(given))
        return given or strong_password(), not given

    def report(self, user: User, generated: str) -> None:
        self.stdout.write(_("Account %s is made.") % user.username)
        if generated:
            self.stdout.write(_("Password: %s") % generated)
        least, most = username_lengths()
        length = len(user.username)
        if least <= length <= most:
            return
        bound = "MIN" if length < least else "MAX"
        say(
            self.stderr,
            _(
                "Note: the sign-in form wants %(least)d to %(most)d characters; "
                "%(name)s can sign in once LOGIN_USERNAME_%(bound)s_LENGTH is %(length)d."
            )
            % {
                "least": least,
                "most": most,
                "name": user.username,
                "bound": bound,
                "length": length,
            },
        )


def new_user(options: dict[str, Any]) -> User:
    return User(
        email=User.objects.normalize_email(options["email"]),
        is_staff=options["staff"] or options["superuser"],
        is_superuser=options["superuser"],
    )


def as_utf8(text: str) -> str:
    """The text; raises ValidationError if a shell passed other bytes than UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValidationError(_("The name or password is not UTF-8.")) from None
    return text
