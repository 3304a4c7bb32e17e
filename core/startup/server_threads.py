"""Finds out how many threads of a worker serve requests.

granian does not tell its workers, so its command line and GRANIAN_ variables are read by granian's
own parser. gunicorn passes its configuration to each worker: gunicorn.conf.py calls this module.
"""

import logging
import math
import sys
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from core.http.proxies import serves_granian
from core.workers.worker_threads import worker

logger = logging.getLogger(__name__)


def count_threads(threads: float | None = None) -> None:
    """Stores the number of threads of this worker, and warns if its pool can occupy them all."""
    worker.threads = threads or threads_of_this_server()
    database = settings.DATABASES["default"]
    if database["ENGINE"] != "core.mysql_pool":
        return
    if worker.threads <= (cap := database["POOL_OPTIONS"]["MAX_CONNECTIONS"]):
        logger.warning(
            "This worker has %s threads and a pool of %s connections: while the database does not "
            "answer, probes and pages in memory may wait too. Set DB_POOL_MAX_CONNECTIONS below "
            "the number of threads, or give the server more threads.",
            worker.threads,
            cap,
        )


def threads_of_this_server() -> float:
    """granian's number; no limit under another server, as gunicorn's is set later."""
    return threads_of_granian(sys.argv[1:]) if serves_granian() else math.inf


def threads_of_granian(arguments: Sequence[str]) -> float:
    from granian.cli import cli

    given: dict[str, Any] = cli.make_context(
        "granian", list(arguments), resilient_parsing=True, auto_envvar_prefix="GRANIAN"
    ).params
    if given["blocking_threads"]:
        return given["blocking_threads"]
    at_once = given["backpressure"] or max(128, given["backlog"]) // max(1, given["workers"])
    return max(1, at_once // 2)  # granian's own default
