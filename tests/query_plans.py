"""Asks the database how it runs the queries of a block."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext


@contextmanager
def recorded_plans(of: str = "") -> Iterator[list[list[str]]]:
    """Yields a list that, after the block, holds the plan of each SELECT of it with `of` in it."""
    plans: list[list[str]] = []
    with CaptureQueriesContext(connection) as captured:
        yield plans
    found = [query["sql"] for query in captured if query["sql"].startswith("SELECT")]
    plans += [explained(sql) for sql in found if of in sql]


def explained(sql: str) -> list[str]:
    """The steps of a plan: on MySQL table, access, index and notes, on SQLite its own words."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql.replace('%', '%%')}")
            return [row[3] for row in cursor.fetchall()]
        cursor.execute(f"EXPLAIN {sql.replace('%', '%%')}")
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [
        f"{row['table']} {row['type']} {row['key']} {row['Extra'] or ''}".strip() for row in rows
    ]
