"""Keeps what the ORM reads of some tables in this process's memory (Flask-Caching: nothing).

django-cachalot sees each query (core.db.cached_reads) and decides whether it may be kept. This is
the cache behind it, CACHES["orm_results"]: a result is kept under the generations that stood
before the database was read, and given out only while they stand. cachalot's time stamps decide
nothing.

Guarantees: no result is older than the last write. Reads within a transaction, or while another
transaction that writes is open, go to the database and are not kept. Rows are immutable, and each
query makes instances of its own. A process keeps at most LIMIT bytes, and LIMIT / LEAST results.
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
from django.core.cache.backends.base import BaseCache
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from core import subjects
from core.invalidation.checked_memory import age, in_transaction, take
from core.invalidation.generations import generations
from core.invalidation.write_hooks import announce
from core.library_patches import load_cachalot
from core.page_cache.entries import PageMemory, weight
from core.shared_memory.cache_counters import Numbers

VERSION = "2.9.1"  # whose monkey_patch.py and utils.py these modules were written against
PLACE = ("NAME", "HOST", "PORT", "OPTIONS")  # what tells a database from a backup of it
LIMIT = 16 * 1024 * 1024  # bytes, in each process
LEAST = 1024  # bytes that even an empty result counts as, with its key and the objects around it
numbers = Numbers("queries")
results: PageMemory[Any] = PageMemory(LIMIT, numbers)


class QueryCacheConfig(CachalotConfig):
    def ready(self) -> None:
        load_cachalot()
        databases = [*cachalot_settings.CACHALOT_DATABASES]
        if cachalot.__version__ != VERSION or databases != ["default"]:
            raise ImproperlyConfigured(
                f"django-cachalot is {cachalot.__version__}, with CACHALOT_DATABASES={databases}; "
                f"core/query_cache.py needs version {VERSION} and ['default']."
            )


class Question(NamedTuple):
    """A query, as cachalot's cache key; stamp and until are from before the database is read."""

    digest: bytes
    stamp: Any
    until: float  # monotonic seconds


def question(compiler: Any) -> Question:
    """The key of a query: its text, its parameters with their types, its database, and the form of
    its result, since exists() and a list may ask in the same words (CACHALOT_QUERY_KEYGEN)."""
    if in_transaction() or generations().is_being_written():
        raise UncachableQuery
    stamp = (generations().link, *generations().read(mask()))
    until = time.monotonic() + age()
    sql, params = compiler.as_sql()
    check_parameter_types(params)
    compiler.__cachalot_generated_sql = sql.lower()  # cachalot looks for table names in it
    exact = [(type(each).__name__, str(each)) for each in params]
    place = [connections[compiler.using].settings_dict[name] for name in PLACE]
    said = f"{compiler.using}:{place}:{sql}:{exact}:{compiler.result_type}"
    return Question(hashlib.sha256(said.encode()).digest(), stamp, until)


@cache
def mask() -> int:
    """The subjects of the tables whose rows are kept."""
    tables = map(subjects.table, cachalot_settings.CACHALOT_ONLY_CACHABLE_TABLES)
    return generations().mask(each.subject for each in tables if each)


class Results(BaseCache):
    """What cachalot asks of a cache, and no more. All threads of the process share `results`."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def get_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        """The result of the Question among `keys`, and times that let cachalot take it."""
        *tables, asked = keys
        kept = results.fresh(asked.digest, asked.stamp) if isinstance(asked, Question) else None
        if kept is None:
            return {}
        numbers.add("hits")
        take(kept.until)
        return {**dict.fromkeys(tables, 0), asked: (0, kept.rows)}

    def set_many(self, data: dict[Any, Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Keep a result; without a Question in `data` it is cachalot's invalidate()."""
        asked = next((key for key in data if isinstance(key, Question)), None)
        if asked is None:
            announce(*(name for name, bit in generations().bits.items() if bit & mask()))
            return []
        numbers.add("misses")
        numbers.add("outdated", asked.digest in results)
        rows = data[asked][1]  # chunks of rows, one row, or None
        frozen = tuple(map(tuple, rows)) if isinstance(rows, list) else rows
        kept = SimpleNamespace(stamp=asked.stamp, until=asked.until, rows=frozen)
        kept.size = LEAST + weight(frozen)
        results.keep(asked.digest, kept)
        return []

    def clear(self) -> None:
        results.clear()
