"""Runs due jobs in a thread of the development server, which has no process of its own for them."""

import logging
import threading

from django.db import DatabaseError, connection

from core.cli.error_advice import advice
from core.jobs.running import run_due

logger = logging.getLogger(__name__)
TICK = 10.0  # seconds between two looks for due jobs
AWAY = 60.0  # seconds until the next look while the database is away


def start_jobs_thread() -> threading.Thread:
    thread = threading.Thread(target=run_jobs_forever, name="jobs", daemon=True)
    thread.start()
    return thread


def run_jobs_forever(stopping: threading.Event | None = None) -> None:
    stopping = stopping or threading.Event()
    while not stopping.is_set():
        stopping.wait(TICK if look_once(stopping) else AWAY)


def look_once(stopping: threading.Event) -> bool:
    """Runs what is due; a line for each run that has changed or failed to change something.

    Returns False if the database could not be asked.
    """
    try:
        for run in run_due(stopping):
            level = logging.INFO if run.done or run.error else logging.DEBUG
            logger.log(level, "%s", run)
    except DatabaseError as error:
        logger.warning("Jobs: %s", advice(error))
        return False
    finally:
        connection.close()
    return True
