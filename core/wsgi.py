"""The door of the servers: granian and gunicorn load `application` from here."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from core.generations import generations
from core.mysql_pool.warm import warm
from core.page_cache import WSGI, PageCache
from core.push import listen

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")

application: WSGI = get_wsgi_application()
if settings.PAGE_CACHE:
    generations()  # a RUN_DIR that cannot be used ends the start, not the first request
    application = PageCache(application)
listen()
warm()  # here, because granian has no hook of its own for a worker's start
