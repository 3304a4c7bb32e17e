"""The ASGI application of the site: the same pages, without the page cache."""

import os

from django.core.handlers.asgi import ASGIHandler

from core.invalidation.broadcast import listen
from core.mysql_pool.warm_start import warm_up
from core.startup.start_conditions import set_up_server

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")

set_up_server()  # before the handler, whose middleware reads the static files
application = ASGIHandler()
listen()
warm_up()
