"""Test databases: the pools let go of a database before it is cloned or dropped."""

from typing import Any

from django.db.backends.mysql import creation

from core.mysql_pool import registry


class DatabaseCreation(creation.DatabaseCreation):
    def _clone_test_db(self, *args: Any, **kwargs: Any) -> None:
        registry.close_pools()
        super()._clone_test_db(*args, **kwargs)  # type: ignore[misc]

    def _destroy_test_db(self, *args: Any, **kwargs: Any) -> None:
        registry.close_pools()
        super()._destroy_test_db(*args, **kwargs)  # type: ignore[misc]
