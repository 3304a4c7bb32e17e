"""Settings for Django's own database tests; tests.matrix.peers says which engine they are for.

They know nothing of this site: peers.py copies this file to the copy of the pool.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ImproperlyConfigured

import core

SOCKET = parse_qs(urlsplit(os.environ["DATABASE_URL"]).query)["unix_socket"][0]
RELEASE = os.environ.get("MATRIX_RELEASE")


def database(name: str) -> dict[str, Any]:
    found = {"ENGINE": os.environ["MATRIX_ENGINE"], "NAME": name, "USER": "root", "HOST": SOCKET}
    pool = {"POOL_OPTIONS": {"RELEASE": RELEASE}} if RELEASE else {}
    return {**found, **pool, "TEST": {"CHARSET": "utf8mb4"}}


DATABASES = {"default": database("django"), "other": database("django_other")}
SECRET_KEY = "the-key-of-djangos-tests-which-guards-nothing"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
USE_TZ = False

FOLDER = Path(__file__).parent
if not Path(core.__file__).is_relative_to(FOLDER):
    raise ImproperlyConfigured(f"core comes from {core.__file__}, not from its copy in {FOLDER}")
