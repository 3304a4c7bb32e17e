"""Plain settings for Django's own tests of sessions, which know nothing of this site."""

import os
from urllib.parse import parse_qs, urlsplit

SECRET_KEY = "the-key-of-djangos-tests-which-guards-nothing"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "core.sessions",
    "sessions_tests",
]
MIDDLEWARE = ["core.sessions.middleware.SessionMiddleware"]
SESSION_ENGINE = "core.sessions.redis"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.mysql",
        "NAME": "django",
        "USER": "root",
        "HOST": parse_qs(urlsplit(os.environ["DATABASE_URL"]).query)["unix_socket"][0],
        "TEST": {"CHARSET": "utf8mb4"},
    }
}
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": os.environ["REDIS_URL"],
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = True
