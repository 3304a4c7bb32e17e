#!/usr/bin/env python3
"""Development's door: with no secret key in the environment it sets development defaults.

A server is started on core.wsgi instead, which never guesses a key.
"""

import os
import signal
import sys

DEVELOPMENT = {
    "DJANGO_SECRET_KEY": "django-insecure-development-key-of-this-checkout-only",
    "DJANGO_DEBUG": "true",
    "DJANGO_ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
}


def main() -> None:
    try:
        run()
    except KeyboardInterrupt:  # also while Django is still starting
        sys.exit(128 + signal.SIGINT)  # as a shell says it of other programs


def run() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
    if not os.environ.keys() & {"DJANGO_SECRET_KEY", "DJANGO_SECRET_KEY_FILE"}:
        for name, value in DEVELOPMENT.items():
            os.environ.setdefault(name, value)

    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import Error as DatabaseError
    from redis.exceptions import RedisError

    try:
        execute_from_command_line(sys.argv)
        sys.stdout.flush()
    except ImproperlyConfigured as error:
        sys.exit(f"{error}")
    except BrokenPipeError:  # `… | head`: who read has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(128 + signal.SIGPIPE)  # as a shell says it of other programs
    except (DatabaseError, RedisError, UnicodeEncodeError) as error:
        from core.cli.error_advice import advice, is_program_error

        if "--traceback" in sys.argv or is_program_error(error):
            raise
        sys.exit(advice(error))


if __name__ == "__main__":
    main()
