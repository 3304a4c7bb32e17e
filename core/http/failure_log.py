"""Logs the cause of an error page: one line for an outage, a traceback for a mistake.

Guarantees: each 503 writes one line that names the cause. The first of its kind (class, number and
fault of Redis) in a minute has its traceback of some 10 kB, which all others would repeat during an
outage. Other messages about an outage are logged once a minute, by `Kinds` of their own.
"""

import threading
import time
from collections.abc import Hashable

from django.http import HttpRequest, HttpResponse
from django.utils.log import log_response

from core.failures.database_errors import cause, error_number, is_busy, is_temporary
from core.failures.redis_faults import fault
from core.workers.per_process import per_process

MINUTE = 60.0  # seconds
OUTAGE = "inkpool.outage"  # in the environ, from which the page cache in front of Django reads it


class Kinds:
    """Remembers when each kind of failure was logged last (time.monotonic)."""

    def __init__(self) -> None:
        self._lock = per_process(threading.Lock)
        self._logged: dict[Hashable, float] = {}

    def is_first(self, kind: Hashable) -> bool:
        """Whether none of this kind was logged in the last minute. Counts as logging one."""
        now = time.monotonic()
        with self._lock():
            if now - self._logged.get(kind, now - MINUTE) < MINUTE:
                return False
            self._logged[kind] = now
            return True


def kind_of(error: BaseException) -> Hashable:
    return type(error), error_number(error), fault(error)


kinds = Kinds()


def log_outage(request: HttpRequest, response: HttpResponse, error: BaseException) -> None:
    traceback = error if kinds.is_first(kind_of(error)) else None
    log_failure(request, response, error, traceback)


def log_mistake(request: HttpRequest, response: HttpResponse, error: BaseException) -> None:
    log_failure(request, response, error, error)


def log_failure(
    request: HttpRequest,
    response: HttpResponse,
    error: BaseException,
    traceback: BaseException | None,
) -> None:
    """Writes a line like Django's for the status, which Django then does not add, with the cause.

    `traceback` is the error again, or None for a line without its traceback.
    """
    reason = response.reason_phrase
    message = "%s: %s: %s"
    log_response(
        message, reason, request.path, cause(error),
        response=response, request=request, exception=traceback,
    )  # fmt: skip


def mark_outage(request: HttpRequest, error: BaseException) -> None:
    """Tells the page cache that a page failed because the database is away.

    A full pool that moves is only busy: the database answers, though not this request.
    """
    if is_temporary(error) and not is_busy(error):
        request.META[OUTAGE] = True
