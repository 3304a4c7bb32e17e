"""The engine on a real server; the options anywhere."""

import threading

import pytest
from dj_db_conn_pool.backends.mysql.base import DatabaseWrapper as StockDatabaseWrapper
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection, connections

from core.mysql_pool import registry
from core.mysql_pool.options import RULES, pool_options

on_mysql = pytest.mark.skipif(
    settings.DATABASE["ENGINE"] != "core.mysql_pool", reason="runs in the pass on MariaDB"
)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"pool_size": 3}, "pool_size"),
        ({"MAXCONNECTIONS": 3}, "MAXCONNECTIONS"),
        ({"MAX_CONNECTIONS": 0}, "MAX_CONNECTIONS"),
        ({"MAX_CONNECTIONS": True}, "MAX_CONNECTIONS"),
        ({"MAX_CONNECTIONS": 2, "MAX_CACHED": 3}, "MAX_CACHED"),
        ({"MIN_CACHED": 7}, "MIN_CACHED"),
        ({"BLOCKING": 1}, "BLOCKING"),
        ({"TIMEOUT": None}, "TIMEOUT"),
        ({"SET_SESSION": "SET x=1"}, "SET_SESSION"),
        ({"PING": 4}, "PING"),
        ({"RELEASE": "query"}, "RELEASE"),
    ],
)
def test_a_wrong_option_is_refused_by_name(options, named):
    with pytest.raises(ImproperlyConfigured, match=named):
        pool_options({"POOL_OPTIONS": options})


@pytest.mark.parametrize("age", [60, None])
def test_kept_connections_are_refused(age):
    with pytest.raises(ImproperlyConfigured, match="CONN_MAX_AGE"):
        pool_options({"CONN_MAX_AGE": age})


def test_defaults_are_complete():
    assert pool_options({}).keys() == RULES.keys()


def test_the_stock_package_takes_a_wrong_option_without_a_word():
    wrong = {"POOL_OPTIONS": {"pool_size": 3}, "CONN_MAX_AGE": 60}
    StockDatabaseWrapper(settings.DATABASES["default"] | wrong)


def session_variable(name: str):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT @@SESSION.{name}")
        return cursor.fetchone()[0]


@on_mysql
@pytest.mark.django_db(transaction=True)
class TestOnTheServer:
    @pytest.fixture(autouse=True)
    def own_pool(self):
        """Each test has its own pool, and leaves none behind."""
        connection.close()
        options = connection.pool_options
        connection.pool_options = dict(options)
        yield
        connection.close()
        connection.pool_options = options
        registry.close_pools()

    def test_the_session_is_utf8mb4_strict_read_committed_and_utc(self):
        assert session_variable("character_set_connection") == "utf8mb4"
        assert "STRICT_ALL_TABLES" in session_variable("sql_mode")
        assert session_variable("tx_isolation") == "READ-COMMITTED"
        assert session_variable("time_zone") == "+00:00"

    def test_the_session_is_set_up_once_per_connection(self):
        connection.pool_options["SET_SESSION"] = ["SET @counter = COALESCE(@counter, 0) + 1"]
        for _ in range(3):
            connection.close()
            with connection.cursor() as cursor:
                cursor.execute("SELECT @counter")
                assert cursor.fetchone() == (1,)

    def test_a_connection_is_used_again(self):
        first = session_variable("pseudo_thread_id")
        connection.close()
        assert session_variable("pseudo_thread_id") == first

    def test_a_connection_is_retired_after_max_usage(self):
        connection.pool_options["MAX_USAGE"] = 2
        ids = []
        for _ in range(4):
            ids.append(session_variable("pseudo_thread_id"))
            connection.close()
        assert ids[0] == ids[1] != ids[2] == ids[3]

    @pytest.mark.parametrize("blocking", [True, False])
    def test_exhaustion_is_an_operational_error_that_states_the_numbers(self, blocking):
        connection.pool_options |= {"MAX_CONNECTIONS": 1, "MAX_CACHED": 1, "MIN_CACHED": 1}
        connection.pool_options |= {"TIMEOUT": 0.2, "BLOCKING": blocking}
        connection.ensure_connection()
        other, errors = connection.copy(), []
        other.pool_options = connection.pool_options

        def borrow():
            try:
                other.ensure_connection()
            except OperationalError as error:
                errors.append(str(error))

        other.inc_thread_sharing()
        thread = threading.Thread(target=borrow)
        thread.start()
        thread.join()
        assert "1 of 1 connections in use" in errors[0]

    def test_a_killed_idle_connection_is_replaced_before_it_is_lent(self):
        connection.pool_options["PING"] = "checkout"
        first = session_variable("pseudo_thread_id")
        connection.close()
        killer = connection.copy()
        killer.pool_options = dict(connection.pool_options, MAX_USAGE=9)  # another pool
        with killer.cursor() as cursor:
            cursor.execute(f"KILL {first}")
        killer.close()
        assert session_variable("pseudo_thread_id") != first

    def test_a_query_before_the_tests_leaves_them_on_the_test_database(self):
        real = connections["default"].copy()
        real.settings_dict = dict(real.settings_dict, NAME="mysql")
        with real.cursor() as cursor:
            cursor.execute("SELECT DATABASE()")
            assert cursor.fetchone() == ("mysql",)
        real.close()
        with connection.cursor() as cursor:
            cursor.execute("SELECT DATABASE()")
            assert cursor.fetchone() == (connection.settings_dict["NAME"],)
