from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError
from django.urls import reverse
from django.utils.translation import gettext as _

from core.console import say_database
from core.passwords import strong_password

NAME = "demo_author"


class Command(BaseCommand):
    help = (
        "Make the account demo_author and a dozen articles in Chinese and English. Running it "
        "again changes nothing. The password comes from the variable DJANGO_USER_PASSWORD; "
        "without it a strong one is made and printed once, when the account is made."
    )

    def handle(self, **options: Any) -> None:
        say_database(self.stderr)
        try:
            self.stdout.write(self.make_author())
        except IntegrityError:  # another seed_demo made it meanwhile
            self.stdout.write(self.make_author())

    def make_author(self) -> str:
        """The line that says how to sign in; the account is made when it is missing."""
        User = get_user_model()  # noqa: N806
        if User.objects.filter(username=NAME).exists():
            return _(
                "%(name)s exists; a new password: python manage.py changepassword %(name)s"
            ) % {"name": NAME}
        author = User(username=NAME, display_name=_("Demo author"))
        password = settings.NEW_USER_PASSWORD or strong_password()
        try:
            validate_password(password, author)
        except ValidationError as error:
            raise CommandError("DJANGO_USER_PASSWORD: " + " ".join(error.messages)) from None
        author.set_password(password)
        author.save()
        return _("Sign in at %(address)s as %(name)s with the password %(password)s") % {
            "address": reverse("accounts:login"),
            "name": NAME,
            "password": password,
        }
