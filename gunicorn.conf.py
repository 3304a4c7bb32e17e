"""gunicorn's settings of this site; it reads them from the folder it is started in.

    WEB_CONCURRENCY=2 gunicorn core.wsgi:application --threads 8

2 workers x 8 threads, each worker with a pool of at most DB_POOL_MAX_CONNECTIONS (6), so at
most 12 connections. granian, the other server, is started with the same numbers by:

    granian --interface wsgi core.wsgi:application --workers 2 --blocking-threads 8 \
        --no-ws --respawn-failed-workers

Without --respawn-failed-workers one worker that dies takes the site along.
"""

import os

worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 8

# Who is behind a proxy's headers is judged in one place, core.middleware.trusted_proxies.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}

# gunicorn's default is one socket in the home folder, which all sites of a user would share.
control_socket_disable = True
