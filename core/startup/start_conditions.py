"""Sets up Django for a server, and ends the start of one that could not serve.

The start ends with one line, not with a traceback at the first request. Commands do not check
these conditions, since a command may be what meets them.
"""

import sys

import django
from django.core.exceptions import ImproperlyConfigured

from core.invalidation.generations import generations
from core.startup.static_files import COLLECT, uncollected

BOOT_ERROR = 3  # by which gunicorn knows that no further worker would start either


class StartRefused(SystemExit):
    """Not an Exception: servers log those with their traceback."""


def set_up_server() -> None:
    """Call django.setup() and check that the server can serve.

    Raises StartRefused after one line on stderr that says what to set or to type.
    """
    if reason := unmet():
        print(reason, file=sys.stderr, flush=True)
        raise StartRefused(BOOT_ERROR)


def unmet() -> str:
    """Why the server could not serve; '' if it can."""
    try:
        django.setup(set_prefix=False)  # reads the settings, which name a refused variable
        generations()  # RUN_DIR can be used
    except ImproperlyConfigured as error:
        return str(error)
    reason = uncollected()
    return f"{reason} Type: {COLLECT}" if reason else ""
