"""Django's SessionTestsMixin on both stores; `sessions_tests` is in its source distribution."""

from django.test import TestCase
from sessions_tests import tests as peers

from core.sessions import database, redis


class RedisSessions(peers.SessionTestsMixin, TestCase):
    backend = redis.SessionStore


class DatabaseSessions(peers.SessionTestsMixin, TestCase):
    backend = database.SessionStore
