"""The door of the servers: an ASGI server loads `application` from here."""

import os

import django
from django.core.handlers.asgi import ASGIHandler

from core.invalidation.broadcast import listen
from core.mysql_pool.warm_start import warm_up
from core.startup.start_conditions import require_start_conditions

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")

django.setup(set_prefix=False)
require_start_conditions()  # before the handler, whose middleware reads the static files
application = ASGIHandler()
listen()
warm_up()
