"""The door of the servers: granian and gunicorn load `application` from here."""

import os

from django.core.wsgi import get_wsgi_application

from core.mysql_pool.warm import warm

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")

application = get_wsgi_application()
warm()  # here, because granian has no hook of its own for a worker's start
