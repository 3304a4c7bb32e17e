"""How many threads of a worker serve requests, as its server was told.

granian tells no worker, so its command line and its GRANIAN_ variables are read by granian's own
parser. gunicorn tells each worker its configuration: gunicorn.conf.py hands the number on.
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
    """Tell the worker its number of threads, and warn if its pool can occupy them all."""
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
    """Without a limit where it is not granian: gunicorn's comes later."""
    return threads_of_granian(sys.argv[1:]) if serves_granian() else math.inf


def threads_of_granian(arguments: Sequence[str]) -> float:
    from granian.cli import cli

    said: dict[str, Any] = cli.make_context(
        "granian", list(arguments), resilient_parsing=True, auto_envvar_prefix="GRANIAN"
    ).params
    if said["blocking_threads"]:
        return said["blocking_threads"]
    at_once = said["backpressure"] or max(128, said["backlog"]) // max(1, said["workers"])
    return max(1, at_once // 2)  # granian's own default
