"""The site's settings with a session store of Django's own."""

import os

from core.settings import *  # noqa: F403

SESSION_ENGINE = f"django.contrib.sessions.backends.{os.environ['STOCK']}"
SESSION_CACHE_ALIAS = "default"
MIDDLEWARE = [
    "core.g.request_globals",  # what is at hand in views stands first everywhere
    "django.contrib.sessions.middleware.SessionMiddleware",
]
# Nobody goes to the admin there; E012 is that the store is not ours.
SILENCED_SYSTEM_CHECKS = ["admin.E408", "admin.E409", "core.E012"]
