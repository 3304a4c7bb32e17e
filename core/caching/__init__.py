"""Keeps results of functions and views (Flask-Caching: cached, memoize and their deletes).

Of all who miss a value at once, in any thread, task or process, one computes it; what was deleted,
or with subjects=[…] outdated by a write, is not given out again; one visitor's page is never given
to another. docs/caching-functions.md has each option beside Flask-Caching's.
"""

from core.caching.decorators import cached, memoize
from core.caching.deletion import delete_cached, delete_memoized, delete_memoized_verhash

__all__ = ["cached", "delete_cached", "delete_memoized", "delete_memoized_verhash", "memoize"]
