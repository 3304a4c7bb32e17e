"""A wrong option is refused by name, before the first connection."""

import pytest
from dj_db_conn_pool.backends.mysql.base import DatabaseWrapper as StockDatabaseWrapper
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from core.mysql_pool.pool_options import RULES, pool_options


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"pool_size": 3}, "pool_size"),
        ({"MAXCONNECTIONS": 3}, "MAXCONNECTIONS"),
        ({"MAX_CONNECTIONS": 0}, "MAX_CONNECTIONS"),
        ({"MAX_CONNECTIONS": True}, "MAX_CONNECTIONS"),
        ({"MAX_CONNECTIONS": 2, "MAX_CACHED": 3}, "MAX_CACHED"),
        ({"MIN_CACHED": 7}, "MIN_CACHED"),
        ({"MIN_CACHED": 3, "MAX_CACHED": 2}, "MIN_CACHED"),
        ({"TIMEOUT": float("inf")}, "TIMEOUT"),
        ({"TIMEOUT": True}, "TIMEOUT"),
        ({"TIMEOUT": 3601}, "TIMEOUT.*3600"),
        ({"RECYCLE": float("nan")}, "RECYCLE"),
        ({"LEAK_AFTER": float("inf")}, "LEAK_AFTER"),
        ({"BLOCKING": 1}, "BLOCKING"),
        ({"TIMEOUT": None}, "TIMEOUT"),
        ({"SET_SESSION": "SET x=1"}, "SET_SESSION"),
        ({"PING": 4}, "PING"),
        ({"RELEASE": "query"}, "RELEASE"),
    ],
)
def test_wrong_option_is_refused_by_name(options, named):
    with pytest.raises(ImproperlyConfigured, match=named):
        pool_options({"POOL_OPTIONS": options})


@pytest.mark.parametrize("age", [60, None, False])
def test_kept_connections_are_refused(age):
    with pytest.raises(ImproperlyConfigured, match="CONN_MAX_AGE"):
        pool_options({"CONN_MAX_AGE": age})


def test_defaults_are_complete():
    assert pool_options({}).keys() == RULES.keys()
    assert pool_options({"POOL_OPTIONS": {"MAX_CACHED": 1}})["MIN_CACHED"] == 1


def test_stock_package_ignores_a_wrong_option():
    wrong = {"POOL_OPTIONS": {"pool_size": 3}, "CONN_MAX_AGE": 60}
    StockDatabaseWrapper(settings.DATABASES["default"] | wrong)
