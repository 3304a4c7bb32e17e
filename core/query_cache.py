"""Keeps results of the ORM in this process's memory, by django-cachalot (Flask-Caching: nothing).

django-cachalot sees each query (core.db.cached_reads) and decides whether it may be kept. This is
the cache behind it, CACHES["orm_results"]: a result is kept under the generations of
INKPOOL_QUERY_CACHE_SUBJECTS as they were before the database was read, and returned only while
they stand. cachalot's time stamps decide nothing.

Guarantees: no result is older than the last write. Reads within a transaction, or while a write is
pending, go to the database and are not kept. Rows are immutable, and each query makes instances of
its own. A process keeps at most LIMIT bytes, and LIMIT / LEAST results.
"""

import hashlib
import time
from collections.abc import Iterable
from functools import cache
from types import SimpleNamespace
from typing import Any, NamedTuple

import cachalot
from cachalot.apps import CachalotConfig
from cachalot.settings import cachalot_settings
from cachalot.utils import UncachableQuery, check_parameter_types
from django.conf import settings
from django.core.cache.backends.base import BaseCache
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from core.invalidation.checked_memory import age, in_transaction
from core.invalidation.expiry import expire_by
from core.invalidation.generations import generations
from core.invalidation.write_hooks import announce
from core.library_patches import load_cachalot
from core.page_cache.entries import PageMemory, weight
from core.shared_memory.process_counters import Counters
from core.subjects import tables_of

VERSION = "2.9.1"  # whose monkey_patch.py and utils.py these modules were written against
PLACE = (
    "NAME",
    "HOST",
    "PORT",
    "OPTIONS",
)  # settings in which a database and a backup of it differ
LIMIT = 16 * 1024 * 1024  # bytes, in each process
LEAST = 1024  # bytes that even an empty result counts as, with its key and the objects around it
numbers = Counters("queries")
results: PageMemory[Any] = PageMemory(LIMIT, numbers)


class QueryCacheConfig(CachalotConfig):
    def ready(self) -> None:
        load_cachalot(tables_of(*settings.INKPOOL_QUERY_CACHE_SUBJECTS))
        databases = [*cachalot_settings.CACHALOT_DATABASES]
        if cachalot.__version__ != VERSION or databases != ["default"]:
            raise ImproperlyConfigured(
                f"django-cachalot is {cachalot.__version__}, with CACHALOT_DATABASES={databases}; "
                f"core/query_cache.py needs version {VERSION} and ['default']."
            )


class QueryKey(NamedTuple):
    """cachalot's key of a query; `stamp` and `until` are from before the database was read."""

    digest: bytes
    stamp: Any
    until: float  # monotonic seconds


def query_key(compiler: Any) -> QueryKey:
    """The key is made of the SQL, its parameters with their types, the database, and the form of
    the result: exists() and a list may use the same SQL (CACHALOT_QUERY_KEYGEN)."""
    if in_transaction() or generations().is_being_written():
        raise UncachableQuery
    stamp = (generations().link, *generations().read(mask()))
    until = time.monotonic() + age()
    sql, params = compiler.as_sql()
    check_parameter_types(params)
    compiler.__cachalot_generated_sql = sql.lower()  # cachalot looks for table names in it
    typed = [(type(each).__name__, str(each)) for each in params]
    place = [connections[compiler.using].settings_dict[name] for name in PLACE]
    text = f"{compiler.using}:{place}:{sql}:{typed}:{compiler.result_type}"
    return QueryKey(hashlib.sha256(text.encode()).digest(), stamp, until)


@cache
def mask() -> int:
    return generations().mask(settings.INKPOOL_QUERY_CACHE_SUBJECTS)


class Results(BaseCache):
    """The methods of a cache that cachalot calls. All threads of the process share `results`."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def get_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        """The result of the QueryKey, which is the last key, and times that cachalot accepts."""
        *tables, key = keys
        kept = results.fresh(key.digest, key.stamp) if isinstance(key, QueryKey) else None
        if kept is None:
            return {}
        numbers.add("hits")
        expire_by(kept.until)
        return {**dict.fromkeys(tables, 0), key: (0, kept.rows)}

    def set_many(self, data: dict[Any, Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Keep a result; without a QueryKey in `data` it is cachalot's invalidate()."""
        key = next((each for each in data if isinstance(each, QueryKey)), None)
        if key is None:
            announce(*settings.INKPOOL_QUERY_CACHE_SUBJECTS)
            return []
        numbers.add("misses")
        numbers.add("outdated", key.digest in results)
        rows = data[key][1]  # chunks of rows, one row, or None
        frozen = tuple(map(tuple, rows)) if isinstance(rows, list) else rows
        kept = SimpleNamespace(stamp=key.stamp, until=key.until, rows=frozen)
        kept.size = LEAST + weight(frozen)
        results.keep(key.digest, kept)
        return []

    def clear(self) -> None:
        results.clear()
