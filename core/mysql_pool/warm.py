"""Warm start: a worker opens DB_POOL_MIN_CACHED connections before its first request.

Promises: from then on they are kept, and the time limits of a worker hold: whoever imports
core.wsgi or core.asgi is one (granian, gunicorn, runserver), a command is none. A server that
is away does not end the worker; one line of log says so.
"""

import logging

from django.db import DatabaseError, connections

logger = logging.getLogger(__name__)


def warm() -> None:
    """Harmless to repeat, and without effect on other engines than the pool."""
    for connection in connections.all():
        try:
            if hasattr(connection, "warm"):
                connection.warm()
        except DatabaseError as error:
            logger.warning("No connection opened ahead for %r: %s", connection.alias, error)
