"""PooledDB as the notes set it up, in each of its parameters, and their load test."""

import json
import os
import threading
import time
from typing import Any

import pymysql
from dbutils.pooled_db import PooledDB

SERVER = json.loads(os.environ["PARITY_MARIADB"])
pools: list[PooledDB] = []
held: list[Any] = []


def make(**options: Any) -> None:
    """A new pool; what the last one held is closed."""
    held.clear()
    for each in pools:
        each.close()
    if "failures" in options:
        options["failures"] = getattr(pymysql, options["failures"])
    given = {"maxconnections": 6, "mincached": 0, "maxcached": 5, "blocking": True, "ping": 0}
    pools[:] = [PooledDB(creator=pymysql, **{**given, **options}, **SERVER)]


def borrow(number: int) -> None:
    held.extend(pools[0].connection() for _ in range(number))


def give_back() -> None:
    while held:
        held.pop().close()


def ask(sql: str) -> Any:
    """One request: the first value of the answer."""
    connection = pools[0].connection()
    try:
        cursor = connection.cursor()
        cursor.execute(sql)
        row = cursor.fetchone()
        return row and row[0]
    finally:
        connection.close()


def request(statements: list[str], begin: bool = False, killed: int = -1, done: bool = True) -> str:
    """One request on one cursor; the server closes its connection before statement `killed`."""
    connection = pools[0].connection()
    try:
        if begin:
            connection.begin()
        cursor = connection.cursor()
        for number, statement in enumerate(statements):
            if number == killed:
                kill(connection._con.dbapi_connection.thread_id())
            cursor.execute(statement)
        if done:
            connection.commit()
        return "done"
    except pymysql.OperationalError as error:
        return type(error).__name__
    finally:
        connection.close()


def kill(id: int) -> None:
    """Returns when the server has closed the connection."""
    there = f"SELECT COUNT(*) FROM information_schema.processlist WHERE id = {id}"
    with pymysql.connect(**SERVER) as other, other.cursor() as cursor:
        cursor.execute(f"KILL {id}")
        while cursor.execute(there) and cursor.fetchone() != (0,):
            time.sleep(0.001)


def waits(seconds: float) -> bool:
    """Whether somebody who borrows is still waiting after so long."""
    got = threading.Thread(target=lambda: pools[0].connection().close(), daemon=True)
    got.start()
    got.join(seconds)
    return got.is_alive()


def load(threads: int, pooled: bool, seconds: float = 0.1) -> int:
    """The notes' load test: how many have been answered."""
    answered: list[Any] = []
    connect = pools[0].connection if pooled else lambda: pymysql.connect(**SERVER)

    def task() -> None:
        connection = connect()
        cursor = connection.cursor()
        cursor.execute(f"SELECT SLEEP({seconds})")
        answered.append(cursor.fetchall())
        connection.close()

    started = [threading.Thread(target=task) for _ in range(threads)]
    for each in started:
        each.start()
        time.sleep(0.001)  # as requests come over a network: not all in one moment
    for each in started:
        each.join()
    return len(answered)
