"""Results of functions and views, kept for a while (Flask-Caching: cached, memoize and deletes).

    @cached(60)                      @memoize(300, stale=60)
    def front(request): ...          def digest(article_id, size=3): ...

    delete_cached(front, "/")        delete_memoized(digest, 7)

Promises: of many who miss a value at once, in all threads, tasks and processes, one computes it;
what was deleted is not seen again, not even from a call that was running; a page made for one
visitor is never given to another; every key expires. A cache that is away means that functions
run, with one line in the log. docs/caching-functions.md has each option beside Flask-Caching's.
"""

from core.caching.decorators import cached, memoize
from core.caching.deleting import delete_cached, delete_memoized, delete_memoized_verhash

__all__ = ["cached", "delete_cached", "delete_memoized", "delete_memoized_verhash", "memoize"]
