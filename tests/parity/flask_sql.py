"""The notes' /articles with one cursor for everybody, and their SQLHelper on PooledDB."""

import gc
import json
import os
import threading
from functools import cache
from typing import Any

import pymysql
from dbutils.pooled_db import PooledDB
from pymysql.cursors import DictCursor

gc.disable()  # what is given back only by the collector is seen, whenever it would run
SERVER = json.loads(os.environ["PARITY_MARIADB"])


@cache
def pool() -> PooledDB:
    return PooledDB(creator=pymysql, maxconnections=6, mincached=2, blocking=True, ping=0, **SERVER)


class SQLHelper:
    @staticmethod
    def open(cursor: Any) -> tuple[Any, Any]:
        connection = pool().connection()
        return connection, connection.cursor(cursor)

    @staticmethod
    def close(connection: Any, cursor: Any) -> None:
        connection.commit()
        cursor.close()
        connection.close()

    @classmethod
    def fetch_one(cls, sql: str, args: Any, cursor: Any = DictCursor) -> Any:
        connection, cursor = cls.open(cursor)
        cursor.execute(sql, args)
        found = cursor.fetchone()
        cls.close(connection, cursor)
        return found

    @classmethod
    def fetch_all(cls, sql: str, args: Any, cursor: Any = DictCursor) -> Any:
        connection, cursor = cls.open(cursor)
        cursor.execute(sql, args)
        found = cursor.fetchall()
        cls.close(connection, cursor)
        return found

    @classmethod
    def execute(cls, sql: str, args: Any, cursor: Any = DictCursor) -> None:
        connection, cursor = cls.open(cursor)
        cursor.execute(sql, args)
        cls.close(connection, cursor)


def fetch_one(sql: str, args: Any) -> Any:
    return SQLHelper.fetch_one(sql, args)


def fetch_all(sql: str, args: Any) -> Any:
    return list(SQLHelper.fetch_all(sql, args))


def execute(sql: str, args: Any) -> Any:
    return SQLHelper.execute(sql, args)


def lent() -> int:
    """The connections that nobody has given back, when nobody asks anything."""
    return pool()._connections


def two_visitors(first: str, second: str) -> Any:
    """What the first reads when both have executed, in turn, before he fetches."""
    connection = pymysql.connect(**SERVER, autocommit=True)
    cursor = connection.cursor(DictCursor)  # everybody's
    cursor.execute(first)
    other = threading.Thread(target=cursor.execute, args=(second,))
    other.start()
    other.join()
    found = cursor.fetchall()
    connection.close()
    return list(found)
