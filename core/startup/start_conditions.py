"""Ends the start of a server that could not serve: in one line, not at the first request.

Commands are not asked: they may be what mends it.
"""

from django.core.exceptions import ImproperlyConfigured

from core.invalidation.generations import generations
from core.startup.static_files import COLLECT, uncollected


def require_start_conditions() -> None:
    """Raises ImproperlyConfigured, which says what to set or to type."""
    generations()  # RUN_DIR can be used
    if reason := uncollected():
        raise ImproperlyConfigured(f"{reason} Type: {COLLECT}")
