"""Ends the start of a server that could not serve: in one line, not at the first request.

Commands are not asked: they may be what mends it.
"""

import sys

from django.core.exceptions import ImproperlyConfigured

from core.invalidation.generations import generations
from core.startup.static_files import COLLECT, uncollected

BOOT_ERROR = 3  # by which gunicorn knows that no further worker would start either


class StartRefused(SystemExit):
    """No exception of the usual kind: servers log those with their traceback."""


def require_start_conditions() -> None:
    """Raises StartRefused, after one line on stderr that says what to set or to type."""
    if reason := unmet():
        print(reason, file=sys.stderr, flush=True)
        raise StartRefused(BOOT_ERROR)


def unmet() -> str:
    try:
        generations()  # RUN_DIR can be used
    except ImproperlyConfigured as error:
        return str(error)
    reason = uncollected()
    return f"{reason} Type: {COLLECT}" if reason else ""
