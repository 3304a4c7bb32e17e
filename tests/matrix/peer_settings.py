"""Settings for Django's own database tests; tests.matrix.peers says which engine they are for."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

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
INKPOOL_RUN_DIR = Path(SOCKET).parent  # where the pool counts
INKPOOL_CACHE_URL = None  # no other host hears of writes
