"""ENGINE "core.sqlite": Django's SQLite engine, whose writes invalidate the caches.

Guarantees: as in core.site_pool, each write gives its subjects a new generation after the commit.
Exports the backend that Django loads.
"""
