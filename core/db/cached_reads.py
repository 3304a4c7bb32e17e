"""Lets django-cachalot answer reads of a database engine, in place of the database.

    class Operations(CachedReads, DatabaseOperations): ...

cachalot itself replaces methods of Django's SQL compilers and of `Atomic` for all engines, among
them those through which it returns old rows (core.library_patches). Here its reading function is
a method of a subclass of each reading compiler, so only engines that track writes have it.
"""

from functools import cache
from typing import Any

from cachalot.monkey_patch import WRITE_COMPILERS, _patch_compiler
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.models.sql.constants import MULTI


class Reading:
    """First base of a compiler. `result_type` is for core.query_cache.query_key()."""

    def execute_sql(self, result_type: str = MULTI, *args: Any, **kwargs: Any) -> Any:
        self.result_type = result_type
        return self._cached(result_type, *args, **kwargs)

    @_patch_compiler  # type: ignore[untyped-decorator]
    def _cached(self, *args: Any, **kwargs: Any) -> Any:
        return super().execute_sql(*args, **kwargs)  # type: ignore[misc]


@cache
def reading(compiler: Any) -> Any:
    return type(compiler.__name__, (Reading, compiler), {})


class CachedReads(BaseDatabaseOperations):
    def compiler(self, compiler_name: str) -> Any:
        found: Any = super().compiler(compiler_name)
        return found if issubclass(found, WRITE_COMPILERS) else reading(found)
