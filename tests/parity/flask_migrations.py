"""A migration of Flask-Migrate (Alembic) whose second operation fails, on MariaDB."""

import json
import os

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import URL, Column, Integer, create_engine, inspect, text
from sqlalchemy.exc import OperationalError

MARIADB = json.loads(os.environ["PARITY_MARIADB"])


def upgrade_that_fails() -> bool:
    """Whether the table that the first operation has made is there afterwards."""
    socket = {"unix_socket": MARIADB["unix_socket"]}
    url = URL.create("mysql+pymysql", MARIADB["user"], database=MARIADB["database"], query=socket)
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            op = Operations(MigrationContext.configure(connection))
            op.create_table("parity_note", Column("id", Integer, primary_key=True))
            op.create_table("parity_note", Column("id", Integer, primary_key=True))
    except OperationalError:
        is_there = inspect(engine).has_table("parity_note")
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE parity_note"))
    engine.dispose()
    return is_there
