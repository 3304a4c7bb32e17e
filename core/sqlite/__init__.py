"""Django's SQLite engine, with the caches told of its writes: ENGINE "core.sqlite"."""
