"""What a request does on our side with a connection of the pool, and with its session."""

import pytest
from django.db import OperationalError

MONTH = 31 * 86400
in_both_ways = pytest.mark.parametrize("way", ["interface", "config"])
INSERTS = [f"INSERT INTO parity_draft VALUES ({number})" for number in range(3)]


def request(alias, statements, kill_it=lambda id: None, killed=-1, done=True):
    """As the Flask side's: one request, one cursor, one commit at its end."""
    borrower = alias.borrower()
    borrower.set_autocommit(False)
    try:
        with borrower.cursor() as cursor:
            for number, statement in enumerate(statements):
                if number == killed:
                    kill_it(borrower.connection.dbapi_connection.thread_id())
                cursor.execute(statement)
        if done:
            borrower.commit()
        return "done"
    except OperationalError as error:
        return type(error).__name__
    finally:
        borrower.close()


def keys(redis, prefix):
    return {key.decode().removeprefix(prefix): redis.ttl(key) for key in redis.keys(f"{prefix}*")}


def put(key, value):
    return lambda session: session.__setitem__(key, value)


def content(session):
    return {key: value for key, value in session.items() if not key.startswith("_")}
