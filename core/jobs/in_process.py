"""Runs due jobs in a thread of the development server, which has no process of its own for them."""

import logging
import threading

from django.db import DatabaseError, connection

from core.cli.error_advice import advice
from core.jobs.running import run_due

logger = logging.getLogger(__name__)
TICK = 60.0  # seconds between two looks for due jobs


def start_jobs_thread() -> threading.Thread:
    thread = threading.Thread(target=run_jobs_forever, name="jobs", daemon=True)
    thread.start()
    return thread


def run_jobs_forever(stopping: threading.Event | None = None) -> None:
    stopping = stopping or threading.Event()
    while not stopping.is_set():
        look_once(stopping)
        stopping.wait(TICK)


def look_once(stopping: threading.Event) -> None:
    """Runs what is due; a line for each run that has changed or failed to change something."""
    try:
        for run in run_due(stopping):
            level = logging.INFO if run.done or run.error else logging.DEBUG
            logger.log(level, "%s", run)
    except DatabaseError as error:
        logger.warning("Jobs: %s", advice(error))
    finally:
        connection.close()
