"""Logs what an error page was sent for: one line for an outage, a traceback for a mistake.

Promises: each 503 writes one line that names the cause. The first of its kind (class, number and
fault of Redis) in a minute carries its traceback of some 10 kB; during an outage all others would
repeat it. Other news of an outage are told once a minute, by Kinds of their own.
"""

import threading
import time
from collections.abc import Hashable

from django.http import HttpRequest, HttpResponse
from django.utils.log import log_response

from core.failures.database_errors import cause, error_number
from core.failures.redis_faults import fault

MINUTE = 60.0  # seconds


class Kinds:
    """When each kind of failure was logged last, in time.monotonic()."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: dict[Hashable, float] = {}  # of a few kinds

    def is_first(self, kind: Hashable) -> bool:
        """Whether none of this kind was logged in the last minute; from now on one was."""
        now = time.monotonic()
        with self._lock:
            if now - self._told.get(kind, now - MINUTE) < MINUTE:
                return False
            self._told[kind] = now
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
    """A line as Django's own for the status, which Django then does not add, with the cause.

    The error whose `traceback` follows is the same one, or None for no traceback.
    """
    reason = response.reason_phrase
    message = "%s: %s: %s"
    log_response(
        message, reason, request.path, cause(error),
        response=response, request=request, exception=traceback,
    )  # fmt: skip
