"""ENGINE "core.sqlite": Django's SQLite engine, with the caches told of its writes.

Guarantees: as core.mysql_pool, each write gives its subjects a new generation after the commit.
Exports the backend that Django loads.
"""
