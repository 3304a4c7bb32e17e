"""ENGINE "core.mysql_pool": django-db-connection-pool with a hard cap and a fair queue (PooledDB).

Guarantees: at most DB_POOL_MAX_CONNECTIONS per process, waiters served in order within
DB_POOL_TIMEOUT, no state left over from the last request. Exports the backend that Django loads.
"""
