import os
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import SystemCheckError
from django.db import Error as DatabaseError
from redis.exceptions import RedisError
from whitenoise.runserver_nostatic.management.commands.runserver import Command as StockCommand

from core.cli.error_advice import advice
from core.jobs.in_process import start_jobs_thread
from core.redis_cache.cache_backend import ping_all
from core.startup.start_conditions import StartRefused


class Command(StockCommand):
    """Django's command, which runs due jobs too. A reason for not starting is one line."""

    def inner_run(self, *args: Any, **options: Any) -> None:
        try:
            ping_all()
            super().inner_run(*args, **options)
        except (DatabaseError, RedisError) as error:
            self.refuse(advice(error))
        except (ImproperlyConfigured, SystemCheckError) as error:
            self.refuse(str(error))
        except StartRefused:
            self.refuse()  # the reason is printed already

    def on_bind(self, server_port: int) -> None:
        """Begins the jobs once the port is taken: a server that is refused must leave no lease."""
        super().on_bind(server_port)
        start_jobs_thread()

    def refuse(self, reason: str = "") -> None:
        if reason:
            self.stderr.write(reason)
        os._exit(1)  # as Django does for a taken port: this may be the reloader's thread
