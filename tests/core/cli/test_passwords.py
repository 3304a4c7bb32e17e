import re

from django.conf import settings
from django.contrib.auth.password_validation import validate_password

from core.cli.passwords import KINDS, strong_password


def test_generated_password_follows_every_rule_of_the_site() -> None:
    for password in (strong_password() for _ in range(50)):
        validate_password(password)
        assert re.fullmatch(settings.INKPOOL_LOGIN_PASSWORD_REGEXP, password)
        assert all(set(kind) & set(password) for kind in KINDS)


def test_generated_passwords_differ() -> None:
    assert len({strong_password() for _ in range(200)}) == 200
