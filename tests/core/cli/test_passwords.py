import re

from django.conf import settings
from django.contrib.auth.password_validation import validate_password

from core.cli.passwords import KINDS, strong_password


def test_a_made_password_fits_every_rule_of_the_site() -> None:
    for password in (strong_password() for _ in range(50)):
        validate_password(password)
        assert re.fullmatch(settings.INKPOOL_LOGIN_PASSWORD_REGEXP, password)
        assert all(set(kind) & set(password) for kind in KINDS)


def test_no_two_made_passwords_are_alike() -> None:
    assert len({strong_password() for _ in range(200)}) == 200
