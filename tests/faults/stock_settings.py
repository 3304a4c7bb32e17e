"""The site's settings with a session store of Django's own."""

import os

from core.settings import *  # noqa: F403

SESSION_ENGINE = f"django.contrib.sessions.backends.{os.environ['STOCK']}"
SESSION_CACHE_ALIAS = "default"
MIDDLEWARE = [
    "core.g.request_globals",  # what is at hand in views stands first everywhere
    "django.contrib.sessions.middleware.SessionMiddleware",
]
# E408 and E409: there is no middleware for the admin. E012: the session store is Django's.
SILENCED_SYSTEM_CHECKS = ["admin.E408", "admin.E409", "core.E012"]
