"""The thread of a process that tidies its pools once a second.

Guarantees: it starts with the first pool and never outlives the process. Before a fork it is
stopped, and the parent's starts again afterwards. An error in one round is logged and does not end
the thread.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress

logger = logging.getLogger(__name__)

PAUSE = 1.0  # seconds between two rounds
STOP_LIMIT = 2.0  # seconds; a round may be waiting for a server that does not answer


class Housekeeper:
    """Calls `round` every PAUSE seconds."""

    def __init__(self, round: Callable[[], None]) -> None:
        self.round = round
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._end = threading.Event()

    def start(self) -> None:
        """May be called again while the thread runs."""
        with self._lock, suppress(RuntimeError):  # the interpreter is ending
            if self._thread is None or not self._thread.is_alive():
                self._end = threading.Event()
                self._thread = threading.Thread(
                    target=self._work, args=(self._end,), name="pool-housekeeper", daemon=True
                )
                self._thread.start()

    def stop(self) -> None:
        with self._lock:
            thread, self._thread = self._thread, None
            self._end.set()
        if thread and thread is not threading.current_thread():
            thread.join(STOP_LIMIT)

    def forget(self) -> None:
        """In a forked child, which has no such thread."""
        self._lock, self._thread = threading.Lock(), None

    def _work(self, end: threading.Event) -> None:
        while not end.wait(PAUSE):
            try:
                self.round()
            except Exception:
                logger.exception("The pools could not be tidied.")
