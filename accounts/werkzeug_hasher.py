"""Verifies password hashes of werkzeug.security, so that imported accounts keep their passwords.

A stored hash is werkzeug's own text behind `werkzeug$`:

    werkzeug$scrypt:32768:8:1$SALT$HEX      werkzeug$pbkdf2:sha256:1000000$SALT$HEX

Django makes an Argon2 hash of it at the next sign-in, as of every hash that is not of its first
hasher. The parameters are in the hash, so its writer decides what a
sign-in costs: parse() refuses parameters above the limits below.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from django.contrib.auth.hashers import BasePasswordHasher, mask_hash
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

PREFIX = "werkzeug"
MOST_MEMORY = 128 * 1024 * 1024  # bytes; werkzeug's default needs 32 MiB
MOST_SCRYPT_WORK = 2**22  # N · r · p; werkzeug's default is 2**18
MOST_ITERATIONS = 2_000_000  # of PBKDF2; werkzeug's default is 1,000,000
DIGESTS = ("sha1", "sha256", "sha512")
DEFAULT = "scrypt:32768:8:1"
_form = re.compile(
    r"(scrypt|pbkdf2):([a-z0-9:]{1,60})\$([^$\s\ud800-\udfff]{1,64})\$([0-9a-f]{1,128})"
)


class HashRefused(ValueError):  # noqa: N818 - of the hash, no fault of the program
    """The hash is not used. The message gives the reason."""


class Werkzeug(NamedTuple):
    method: str
    salt: str
    digest: str  # hexadecimal
    derive: Callable[[str], bytes]


def is_werkzeug(text: str) -> bool:
    """Whether a text begins as a hash of werkzeug does."""
    return text.startswith(("scrypt:", "pbkdf2:"))


def parse(text: str) -> Werkzeug:
    """Returns the parts of a hash as werkzeug writes it.

    Raises HashRefused for another form, and for parameters above the limits.
    """
    found = _form.fullmatch(text)
    if not found:
        raise HashRefused(_("its hash is damaged"))
    method, salt, digest = f"{found[1]}:{found[2]}", found[3], found[4]
    derive = (_scrypt if found[1] == "scrypt" else _pbkdf2)(found[2].split(":"), salt.encode())
    return Werkzeug(method, salt, digest, derive)


def _scrypt(parameters: list[str], salt: bytes) -> Callable[[str], bytes]:
    n, r, p = _numbers(parameters, 3)
    if n < 2 or n & (n - 1):
        raise HashRefused(_("its hash is damaged"))
    if 128 * n * r > MOST_MEMORY:
        values = {"asked": f"{128 * n * r:,}", "most": f"{MOST_MEMORY:,}"}
        raise HashRefused(
            _("its hash asks for %(asked)s bytes of memory; at most %(most)s are allowed") % values
        )
    _check_work(n * r * p, MOST_SCRYPT_WORK)
    memory = 132 * n * r * p  # as werkzeug, with room for OpenSSL's own blocks
    return lambda password: hashlib.scrypt(
        password.encode(), salt=salt, n=n, r=r, p=p, maxmem=memory
    )


def _pbkdf2(parameters: list[str], salt: bytes) -> Callable[[str], bytes]:
    name, *rest = parameters
    if name not in DIGESTS:
        raise HashRefused(_("its hash is of an unknown form"))
    (iterations,) = _numbers(rest, 1)
    _check_work(iterations, MOST_ITERATIONS)
    return lambda password: hashlib.pbkdf2_hmac(name, password.encode(), salt, iterations)


def _numbers(texts: list[str], count: int) -> list[int]:
    if len(texts) != count or not all(re.fullmatch(r"[1-9][0-9]{0,11}", text) for text in texts):
        raise HashRefused(_("its hash is damaged"))
    return [int(text) for text in texts]


def _check_work(asked: int, most: int) -> None:
    if asked > most:
        raise HashRefused(
            _("its hash asks for %(asked)s rounds; at most %(most)s are allowed")
            % {"asked": f"{asked:,}", "most": f"{most:,}"}
        )


class WerkzeugPasswordHasher(BasePasswordHasher):
    """Django's interface to parse(). A hash that it refuses verifies no password."""

    algorithm = PREFIX

    def encode(self, password: str, salt: str) -> str:
        digest = parse(f"{DEFAULT}${salt}$0").derive(password).hex()
        return f"{PREFIX}${DEFAULT}${salt}${digest}"

    def decode(self, encoded: str) -> dict[str, Any]:
        return parse(encoded.partition("$")[2])._asdict() | {"algorithm": PREFIX}

    def verify(self, password: str, encoded: str) -> bool:
        try:
            found = parse(encoded.partition("$")[2])
        except HashRefused:
            return False
        return constant_time_compare(found.digest, found.derive(password).hex())

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        try:
            found = parse(encoded.partition("$")[2])
        except HashRefused as refusal:
            return {_("algorithm"): PREFIX, _("error"): str(refusal)}
        return {
            _("algorithm"): found.method,
            _("salt"): mask_hash(found.salt),
            _("hash"): mask_hash(found.digest),
        }

    def must_update(self, encoded: str) -> bool:
        return True

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Nothing: the cost is that of the stored hash."""
