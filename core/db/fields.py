"""A text field that compares character by character, whatever the database's collation."""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class ExactCharField(models.CharField):
    """Equal and unique as in Python. MySQL's other collations ignore case, accents and invisible
    characters, each in its own way; SQLite compares characters anyway.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        parameters = super().db_parameters(connection)
        if connection.vendor == "mysql":
            parameters["collation"] = "utf8mb4_bin"
        return parameters
