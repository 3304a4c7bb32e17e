"""Keeps results of functions and views (Flask-Caching: cached, memoize and their deletes).

Guarantees: of all callers that miss a value at once, in any thread, task or process, one computes
it; a value that was deleted, or with subjects=[…] outdated by a write, is not returned again; a
page made for one visitor is never given to another. Exports the decorators and their deletes.
"""

from core.caching.decorators import cached, memoize
from core.caching.deletion import delete_cached, delete_memoized, delete_memoized_verhash

__all__ = ["cached", "delete_cached", "delete_memoized", "delete_memoized_verhash", "memoize"]
