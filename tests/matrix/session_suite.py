"""Django's own tests of sessions on both stores; `sessions_tests` is in its source distribution.

SessionTestsMixin tests a store, SessionMiddlewareTests the middleware in front of it.
"""

from unittest.mock import patch

from django.test import TestCase, override_settings
from sessions_tests import tests as peers

from core.sessions import database, redis
from core.sessions.middleware import SessionMiddleware


class RedisSessions(peers.SessionTestsMixin, TestCase):
    backend = redis.SessionStore


class DatabaseSessions(peers.SessionTestsMixin, TestCase):
    backend = database.SessionStore


class OurMiddleware(peers.SessionMiddlewareTests):
    """Django's tests with our middleware in the place of its own, on Redis."""

    test_empty_session_saved = None  # an emptied session is removed together with its cookie
    test_session_update_error_redirect = None  # the same exception, with a text of its own

    def setUp(self) -> None:
        patched = patch.object(peers, "SessionMiddleware", SessionMiddleware)
        patched.start()
        self.addCleanup(patched.stop)


@override_settings(SESSION_ENGINE="core.sessions.database")
class OurMiddlewareOnTheDatabase(OurMiddleware):
    pass
