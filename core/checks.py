"""System checks of RUN_DIR, MIDDLEWARE, static files, HSTS and Redis."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register

from core import g
from core.cli.error_advice import advice
from core.redis_cache.redis_health import redis_errors
from core.shared_memory.counter_files import foreign_processes
from core.startup import run_dir
from core.startup.static_files import COLLECT, uncollected

YEAR = 365 * 86400


@register()
def run_dir_usable(**kwargs: Any) -> list[CheckMessage]:
    """core.W003, core.W005: this account may not write to RUN_DIR, or to its folder `counters`."""
    place = f"RUN_DIR={str(settings.INKPOOL_RUN_DIR)!r}"
    hint = "Each account of the site must be able to write there; see docs/monitoring.md."
    if reason := run_dir.unusable():
        message = (
            f"{place} cannot be used: {reason}. No server starts, and no command can write to "
            "the database."
        )
        return [Warning(message, hint=hint, id="core.W003")]
    if reason := run_dir.uncounted():
        message = f"{place}: {reason}. The site runs, but the numbers of its workers are not shown."
        return [Warning(message, hint=hint, id="core.W005")]
    return []


@register()
def run_dir_not_shared(**kwargs: Any) -> list[CheckMessage]:
    """core.W004: workers of another site run in the same RUN_DIR."""
    if run_dir.unusable() or run_dir.uncounted() or not foreign_processes():
        return []
    hint = "Give each site a RUN_DIR of its own."
    message = f"Another site uses RUN_DIR={str(settings.INKPOOL_RUN_DIR)!r} too."
    return [Warning(message, hint=hint, id="core.W004")]


@register()
def g_is_first(**kwargs: Any) -> list[CheckMessage]:
    """core.E020: a middleware stands before that of g; core.g reports a missing one."""
    before_all = {"core.monitoring.middleware.early_answers"}  # which does not use g
    others = [each for each in settings.MIDDLEWARE if each not in before_all]
    if others[:1] == [g.MIDDLEWARE] or g.MIDDLEWARE not in others:
        return []
    hint = f"Put {g.MIDDLEWARE!r} at the head of MIDDLEWARE, after {', '.join(before_all)} only."
    message = "g is available only after its middleware, which is not the first one."
    return [Error(message, hint=hint, id="core.E020")]


@register(Tags.staticfiles, deploy=True)
def static_files_collected(**kwargs: Any) -> list[CheckMessage]:
    """core.E001: no server would start, because static files are missing."""
    if not (reason := uncollected()):
        return []
    return [Error(reason, hint=f"Run `{COLLECT}`.", id="core.E001")]


@register(Tags.security, deploy=True)
def hsts_reaches_far(**kwargs: Any) -> list[CheckMessage]:
    """core.I010, in place of security.W005 and W021: HSTS lasts less than a year.

    Without HSTS Django's own security.W004 warns.
    """
    if not settings.SECURE_HSTS_SECONDS or settings.SECURE_HSTS_SECONDS >= YEAR:
        return []
    return [
        Info(
            f"Browsers insist on HTTPS for {settings.SECURE_HSTS_SECONDS} s after a visit.",
            hint="Once all is well, raise DJANGO_HSTS_SECONDS step by step; see docs/proxy.md.",
            id="core.I010",
        )
    ]


@register(Tags.database)
def redis_reachable(**kwargs: Any) -> list[CheckMessage]:
    """core.E002: a configured Redis cannot be written to; runs with --database only."""
    if not kwargs.get("databases"):
        return []
    lines = [advice(error) for error in redis_errors().values() if error]
    return [Error(line, id="core.E002") for line in dict.fromkeys(lines)]
