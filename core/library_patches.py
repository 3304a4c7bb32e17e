"""Replaces attributes of libraries at run time, and reaches into their private ones: here only.

Each function is one case and says why no public way exists. tests/core/test_library_patches.py
fails when a library changes what a case relies on.
"""

from functools import wraps
from typing import Any

from cachalot import monkey_patch
from cachalot.settings import cachalot_settings
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.constants import MULTI


def cache_reads() -> None:
    """Replaces Django's `SQLCompiler.execute_sql` by cachalot's reading function.

    Django has no hook that may answer a query in place of the database. cachalot's own way,
    `cachalot_settings.load()`, replaces the writing compilers and `Atomic` as well, with what
    makes it give out old rows: it invalidates before a statement and not after it, and an
    atomic() that cannot begin leaves its thread with old rows (django-cachalot issue 278). So it
    is told that this has been done. `result_type` is kept for core.query_cache.question(), which
    cachalot gives the compiler alone.
    """
    cachalot_settings.patched = True
    cachalot_settings.load()
    cached: Any = monkey_patch._patch_compiler(SQLCompiler.execute_sql)

    @wraps(SQLCompiler.execute_sql)
    def execute_sql(compiler: Any, result_type: str = MULTI, *args: Any, **kwargs: Any) -> Any:
        compiler.result_type = result_type
        return cached(compiler, result_type, *args, **kwargs)

    SQLCompiler.execute_sql = execute_sql  # type: ignore[method-assign,assignment]
