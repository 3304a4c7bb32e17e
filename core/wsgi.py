"""The WSGI application of the site, which granian and gunicorn load."""

import os

from django.conf import settings

from core.http.proxies import warn_of_granian
from core.http.wsgi_handler import Handler
from core.invalidation.broadcast import listen
from core.mysql_pool.warm_start import warm_up
from core.page_cache.serving import WSGI, PageCache
from core.startup.server_threads import count_threads
from core.startup.start_conditions import set_up_server

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")

set_up_server()  # before the handler, whose middleware reads the static files
application: WSGI = Handler()
if settings.INKPOOL_PAGE_CACHE:
    application = PageCache(application)
warn_of_granian()
count_threads()
listen()
warm_up()  # here, because granian has no hook of its own for a worker's start
