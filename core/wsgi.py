"""The door of the servers: granian and gunicorn load `application` from here."""

import os

from django.conf import settings

from core.mysql_pool.warm import warm
from core.page_cache import WSGI, PageCache
from core.proxies import warn_of_granian
from core.push import listen
from core.server_threads import count_threads
from core.start_conditions import require_start_conditions
from core.wsgi_handler import handler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")

application: WSGI = handler()
require_start_conditions()
if settings.PAGE_CACHE:
    application = PageCache(application)
warn_of_granian()
count_threads()
listen()
warm()  # here, because granian has no hook of its own for a worker's start
