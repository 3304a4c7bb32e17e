"""Text that is compared letter by letter, whatever the collation of the database."""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class ExactCharField(models.CharField):
    """Unique and equal as Python sees it: MySQL's collations also ignore case, accents and
    characters that do not show, each in its own way. SQLite compares so by itself.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        parameters = super().db_parameters(connection)
        if connection.vendor == "mysql":
            parameters["collation"] = "utf8mb4_bin"
        return parameters
