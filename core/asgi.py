"""The door of the servers: an ASGI server loads `application` from here."""

import os

from django.core.asgi import get_asgi_application

from core.invalidation.broadcast import listen
from core.mysql_pool.warm import warm
from core.startup.start_conditions import require_start_conditions

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")

application = get_asgi_application()
require_start_conditions()
listen()
warm()
