"""The site's settings, with the one model that Django's own tests of sessions bring along."""

from core.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "sessions_tests"]  # noqa: F405
