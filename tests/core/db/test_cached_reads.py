"""What core.db.cached_reads takes from Django and django-cachalot is still there."""

import inspect

import pytest
from cachalot import monkey_patch
from django.db import connection, connections
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.constants import MULTI

from core.db.cached_reads import CachedReads, Reading

NAMES = ["SQLCompiler", "SQLAggregateCompiler"]
WRITING = ["SQLInsertCompiler", "SQLUpdateCompiler", "SQLDeleteCompiler"]


def test_django_reads_through_the_method_that_is_overridden() -> None:
    parameters = inspect.signature(SQLCompiler.execute_sql).parameters
    assert [*parameters] == ["self", "result_type", "chunked_fetch", "chunk_size"]
    assert parameters["result_type"].default == MULTI


def test_cachalot_wraps_reads_as_it_did() -> None:
    assert [*inspect.signature(monkey_patch._patch_compiler).parameters] == ["original"]
    source = inspect.getsource(monkey_patch._patch_compiler)
    for call in ("CACHALOT_QUERY_KEYGEN(compiler)", "except (EmptyResultSet, UncachableQuery)"):
        assert call in source
    source = inspect.getsource(monkey_patch._get_result_or_execute_query)
    for call in ("cache.get_many(table_cache_keys + [cache_key])", "cache.set_many(to_be_set, "):
        assert call in source


@pytest.mark.parametrize("name", NAMES)
def test_reading_compilers_of_the_sites_engine_ask_cachalot(name: str) -> None:
    compiler = connection.ops.compiler(name)
    assert compiler.__mro__[1] is Reading
    assert compiler is connection.ops.compiler(name)
    assert issubclass(compiler, SQLCompiler)


@pytest.mark.parametrize("name", WRITING)
def test_writing_compilers_are_djangos_own(name: str) -> None:
    compiler = connection.ops.compiler(name)
    assert not issubclass(compiler, Reading)
    assert compiler.__module__.startswith("django.")


def test_every_database_of_the_site_has_such_operations() -> None:
    assert all(isinstance(each.ops, CachedReads) for each in connections.all())
