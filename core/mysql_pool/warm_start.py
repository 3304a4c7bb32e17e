"""Opens DB_POOL_MIN_CACHED connections at a worker's start, before its first request.

Guarantees: they are kept from then on, and a worker's time limits hold. A process that imports
core.wsgi or core.asgi is a worker (granian, gunicorn, runserver); a command is not. A server that
is away does not end the worker: one line of log says so.
"""

import logging

from django.db import DatabaseError, connections

logger = logging.getLogger(__name__)


def warm_up() -> None:
    """May be called again; has no effect on other engines than the pool."""
    for connection in connections.all():
        try:
            if hasattr(connection, "warm_up"):
                connection.warm_up()
        except DatabaseError as error:
            logger.warning("No connection opened ahead for %r: %s", connection.alias, error)
