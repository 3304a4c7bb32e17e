"""Hashes of werkzeug verify here as they are, and those of our hasher verify there."""

from typing import Any

import pytest
from django.contrib.auth.hashers import check_password

from accounts.werkzeug_hasher import PREFIX, WerkzeugPasswordHasher

pytestmark = pytest.mark.parity
SUBJECT = "passwords"
PASSWORDS = ["Inkpool2026$!", "密码Aa1$密码", "x" * 200]
METHODS = [
    None, "scrypt", "scrypt:16384:8:2", "pbkdf2", "pbkdf2:sha256:1000", "pbkdf2:sha1:1000",
    "pbkdf2:sha512:1000",
]  # fmt: skip


@pytest.fixture(autouse=True)
def hashers(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["accounts.werkzeug_hasher.WerkzeugPasswordHasher"]


@pytest.mark.parametrize("method", METHODS)
def test_hash_of_werkzeug_verifies_here(flask: Any, method: str | None) -> None:
    for password in PASSWORDS:
        encoded = flask("made", password=password, method=method)
        assert len(f"{PREFIX}${encoded}") <= 255
        for typed in (password, f"{password} ", password.lower() + "x"):
            there = flask("accepts", encoded=encoded, password=typed)
            here = check_password(typed, f"{PREFIX}${encoded}")
            assert here == there
            assert here is (typed == password)


def test_hash_of_our_hasher_verifies_there(flask: Any) -> None:
    encoded = WerkzeugPasswordHasher().encode(PASSWORDS[0], "Xq1Ws2Ed3Rf4Tg5Y")
    text = encoded.partition("$")[2]
    assert flask("accepts", encoded=text, password=PASSWORDS[0])
