"""Keeps what the ORM reads of some tables in this process's memory (Flask-Caching: nothing).

django-cachalot sees each query and decides whether it may be kept: which tables it reads, whether
it is random, locking or raw. This module is the cache behind it, CACHES["orm_results"]. Each result
is kept under the generations that stood before the database was read, and is given out only while
they stand: cachalot's time stamps decide nothing.

Guarantees: no result is older than the last write. Reads within a transaction, or while another
transaction that writes is open, go to the database and are not kept. Rows are immutable, and each
query makes its own instances of them. A process keeps at most LIMIT bytes, and LIMIT / LEAST
results. Another version of cachalot than VERSION, or one that would be off, ends the start.
"""

import hashlib
import time
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

import cachalot
from cachalot.apps import CachalotConfig
from cachalot.settings import cachalot_settings
from cachalot.utils import UncachableQuery, check_parameter_types
from django.core.cache.backends.base import BaseCache
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from core import subjects
from core.cache_numbers import Numbers
from core.generations import generations
from core.library_patches import cache_reads
from core.memory import age, in_transaction, take
from core.pages import PageMemory, weight
from core.writes import announce

VERSION = "2.9.1"  # whose monkey_patch.py and utils.py this file was written against
LIMIT = 16 * 1024 * 1024  # bytes, in each process
LEAST = 1024  # bytes that even an empty result counts as, with its key and the objects around it


class QueryCacheConfig(CachalotConfig):
    def ready(self) -> None:
        if cachalot.__version__ != VERSION:
            raise ImproperlyConfigured(
                f"django-cachalot {cachalot.__version__} is installed, but core/query_cache.py "
                f"was written for {VERSION}; install that one."
            )
        cache_reads()
        require_on()


def require_on() -> None:
    """Without a database that it knows cachalot is off, and only warns of it."""
    if "default" not in cachalot_settings.CACHALOT_DATABASES:
        raise ImproperlyConfigured("django-cachalot is off: CACHALOT_DATABASES lacks 'default'.")


class Question(NamedTuple):
    """A query, as cachalot's cache key; stamp and until are from before the database is read."""

    digest: bytes
    stamp: tuple[int, ...]
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
    said = f"{database(compiler.using)}:{sql}:{exact}:{compiler.result_type}"
    return Question(hashlib.sha256(said.encode()).digest(), stamp, until)


@cache
def mask() -> int:
    """The subjects of the tables whose rows are kept."""
    tables = map(subjects.table, cachalot_settings.CACHALOT_ONLY_CACHABLE_TABLES)
    return generations().mask(each.subject for each in tables if each)


def database(alias: str) -> tuple[str, ...]:
    """The server and schema behind an alias: a look into a backup leaves no rows to the site."""
    found = connections[alias].settings_dict
    place = (str(found[name]) for name in ("ENGINE", "HOST", "PORT", "NAME"))
    return (alias, *place, str(found["OPTIONS"].get("unix_socket")))


class Result:
    """The rows of a query: chunks of rows, one row, or None."""

    def __init__(self, asked: Question, rows: Any) -> None:
        self.stamp: Any = asked.stamp
        self.until = asked.until
        self.rows = tuple(map(tuple, rows)) if isinstance(rows, list) else rows
        self.size = LEAST + weight(self.rows)


numbers = Numbers("queries")
results: PageMemory[Result] = PageMemory(LIMIT, numbers)


class Results(BaseCache):
    """What cachalot asks of a cache, and no more. All threads of the process share `results`."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def get_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        """The result of the Question among `keys`, and times that let cachalot take it."""
        *tables, asked = keys
        stamp: Any = asked.stamp if isinstance(asked, Question) else None
        kept = results.fresh(asked.digest, stamp) if stamp else None
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
        if asked.digest in results:
            numbers.add("outdated")
        results.keep(asked.digest, Result(asked, data[asked][1]))
        return []

    def clear(self) -> None:
        results.clear()
