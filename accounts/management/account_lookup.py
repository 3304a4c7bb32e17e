from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from accounts.models import User


def account_named(name: str) -> User:
    """The account with this name; raises CommandError, exit 1, if there is none."""
    name = name.encode(errors="replace").decode()  # a shell may pass other bytes than UTF-8
    if user := User.objects.named(name).first():
        return user
    raise CommandError(_("There is no account named %s.") % name)
