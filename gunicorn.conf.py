"""gunicorn's settings of this site; it reads them from the folder it is started in.

    DB_POOL_MAX_CONNECTIONS=6 gunicorn core.wsgi:application --workers 2 --threads 8

is 2 workers x 8 threads with a pool of 6 each: at most 12 connections. The same on granian:

    DB_POOL_MAX_CONNECTIONS=6 granian --interface wsgi core.wsgi:application \
        --workers 2 --blocking-threads 8 --no-ws --respawn-failed-workers

(without --respawn-failed-workers one worker that dies takes the site along).
"""

import os
import sys
from typing import Any

worker_class = "gthread"
# What is no number, or negative, gunicorn refuses itself before it reads this file.
workers = int(wanted := os.environ.get("WEB_CONCURRENCY", "2"))
if workers < 1:
    raise SystemExit(f"WEB_CONCURRENCY: {wanted!r} is not allowed; give a whole number from 1.")
threads = 8

# Who is behind a proxy's headers is judged in one place, core.http.middleware.trusted_proxies.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
# Over a socket file gunicorn would take these as headers, from whoever asks.
forwarder_headers = ""

# gunicorn's default is one socket in the home folder, which all sites of a user would share.
control_socket_disable = True


def pre_fork(server: Any, worker: Any) -> None:
    """With --preload the importing master has opened connections it does not need."""
    if "dj_db_conn_pool.core" in sys.modules:
        sys.modules["dj_db_conn_pool.core"].pool_container.dispose()


def post_worker_init(worker: Any) -> None:
    """post_fork would come too early without --preload: the site is not loaded there yet."""
    from core.mysql_pool.warm_start import warm_up
    from core.startup.server_threads import count_threads

    count_threads(worker.cfg.threads)
    warm_up()
