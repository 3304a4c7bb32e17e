"""What the ORM reads of the articles' tables, kept in Redis by django-cachalot, made race-free.

cachalot decides what may be kept (which tables a query reads, what is random or too clever);
when an entry holds is decided here, by generations instead of its time stamps. Each host has
its entries, and each of them tells of which generation it is: of this host's own, and of the
hosts' common one, which is read in the same round trip as the entry and before the database is.

Promises: nothing older than the last write, whatever is written meanwhile; reads within a
transaction, or while somebody writes, go to the database and are not kept; a Redis that is
away, hung, slow or damaged is a missing entry, and what it knows when it returns is of another
generation. A cachalot of another version than the one that was read, or one that would be off,
ends the start.
"""

import hashlib
import secrets
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

import cachalot
from cachalot import monkey_patch
from cachalot.apps import CachalotConfig
from cachalot.settings import cachalot_settings
from cachalot.utils import check_parameter_types
from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.constants import MULTI
from redis.exceptions import RedisError

from core.cache_numbers import Numbers
from core.generations import generations
from core.memory import AGE, in_transaction, take
from core.pace import Pace

VERSION = "2.9.1"  # whose monkey_patch.py this file was written against
SUBJECT = "articles"
COMMON = "generation:articles"  # the key of the generation that all hosts share
DAY = 86_400  # seconds; far longer than an entry lives
numbers = Numbers("queries")


class QueryCacheConfig(CachalotConfig):
    def ready(self) -> None:
        if cachalot.__version__ != VERSION:
            raise ImproperlyConfigured(
                f"django-cachalot {cachalot.__version__} is installed, but core/query_cache.py "
                f"was written for {VERSION}; install that one, or unset CACHE_URL and REDIS_URL."
            )
        cachalot_settings.patched = True  # not by load(): its writes and transactions race
        cachalot_settings.load()
        require_on()
        monkey_patch._get_result_or_execute_query = kept_or_read
        patched = monkey_patch._patch_compiler(SQLCompiler.execute_sql)

        @wraps(SQLCompiler.execute_sql)
        def execute_sql(compiler: Any, result_type: str = MULTI, *args: Any, **kwargs: Any) -> Any:
            compiler.wanted = result_type  # for query_key()
            return patched(compiler, result_type, *args, **kwargs)

        SQLCompiler.execute_sql = execute_sql  # type: ignore[method-assign,assignment]


def require_on() -> None:
    """cachalot without a database it knows is off, and says so in a warning only."""
    if "default" not in cachalot_settings.CACHALOT_DATABASES:
        raise ImproperlyConfigured("django-cachalot is off: CACHALOT_DATABASES lacks 'default'.")


def query_key(compiler: Any) -> str:
    """One for each text, parameters with their types, form of the answer (exists() takes the
    first row of what a list takes whole), and host."""
    sql, params = compiler.as_sql()
    check_parameter_types(params)
    compiler.__cachalot_generated_sql = sql.lower()  # its final check reads it
    exact = [(type(each).__name__, str(each)) for each in params]
    said = f"{database(compiler.using)}:{sql}:{exact}:{compiler.wanted}:{generations().host}"
    return hashlib.sha256(said.encode()).hexdigest()


def database(alias: str) -> tuple[str, ...]:
    """Which one it is: a look into a backup must not leave its rows to the site."""
    settings_dict = connections[alias].settings_dict
    return (alias, *(str(settings_dict[name]) for name in ("ENGINE", "HOST", "PORT", "NAME")),
            str(settings_dict["OPTIONS"].get("unix_socket")))  # fmt: skip


def kept_or_read(read: Callable[[], Any], cache: Any, key: str, table_keys: list[str]) -> Any:
    """Takes the place of cachalot's function of the same arguments."""
    if in_transaction() or generations().is_being_written():
        return read()
    own = generations().read(generations().bits[SUBJECT])
    common, kept = ask(key)
    generation = (common, generations().link, *own)
    if isinstance(kept, tuple) and len(kept) == 3 and kept[0] == generation:
        numbers.add("hits")
        take(time.monotonic() + min(kept[1] - time.time(), AGE))
        return kept[2]
    numbers.add("misses")
    if kept is not None:
        numbers.add("outdated")
    until = time.time() + settings.CACHALOT_TIMEOUT
    result = read()
    if common is not None and isinstance(result, list | tuple | type(None)):  # no iterator()
        keep(key, (generation, until, result))
    return result


pace = Pace("late", lambda: cast(Any, caches["queries"]).ping())


def ask(key: str) -> tuple[int | None, Any]:
    """The common generation and the entry, in one round trip; (None, None) without Redis."""
    try:
        with pace.guard():
            found = caches["queries"].get_many([COMMON, key])
            common = found.get(COMMON)
            if type(common) is not int:  # missing or damaged; any new one is right
                caches["queries"].set(COMMON, secrets.randbits(62), DAY)
                return None, None
        return common, found.get(key)
    except RedisError:
        return None, None


def keep(key: str, entry: tuple[tuple[int | None, ...], float, Any]) -> None:
    try:
        with pace.guard():
            caches["queries"].set(key, entry, settings.CACHALOT_TIMEOUT)
    except (RedisError, TypeError, ValueError):
        return  # away, or of a type that is not kept: it is read again
