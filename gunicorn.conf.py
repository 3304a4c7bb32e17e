"""Settings of gunicorn for this site; gunicorn reads them from its working folder.

    DB_POOL_MAX_CONNECTIONS=6 gunicorn core.wsgi:application --workers 2 --threads 8

is 2 workers x 8 threads with a pool of 6 each: at most 12 connections. The same on granian:

    DB_POOL_MAX_CONNECTIONS=6 granian --interface wsgi core.wsgi:application \
        --workers 2 --blocking-threads 8 --no-ws --respawn-failed-workers

(without --respawn-failed-workers one killed worker ends the whole site).
"""

import os
import sys
from typing import Any

worker_class = "gthread"
# gunicorn itself refuses negative values and texts before it reads this file.
workers = int(wanted := os.environ.get("WEB_CONCURRENCY", "2"))
if workers < 1:
    raise SystemExit(f"WEB_CONCURRENCY: {wanted!r} is not allowed; give a whole number from 1.")
threads = 8

# core.http.trusted_proxies.trusted_proxies alone decides which headers of a proxy are trusted.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
# Over a socket file gunicorn would accept these headers from any client.
forwarder_headers = ""

# The default is one socket in the home folder, which all sites of a user would share.
control_socket_disable = True


def pre_fork(server: Any, worker: Any) -> None:
    """Closes the connections that the master has opened with --preload and does not need."""
    if "dj_db_conn_pool.core" in sys.modules:
        sys.modules["dj_db_conn_pool.core"].pool_container.dispose()


def post_worker_init(worker: Any) -> None:
    """Opens the pool's connections; in post_fork the site is not loaded yet without --preload."""
    from core.mysql_pool.warm_start import warm_up
    from core.startup.server_threads import count_threads

    count_threads(worker.cfg.threads)
    warm_up()
