"""One thread a process that tidies the pools, so that nothing waits for a borrower to come by.

Promises: it starts with the first pool and never outlives the process; before a fork it is
stopped, and the parent's goes on afterwards. An error of one round is logged and does not
end it.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress

logger = logging.getLogger(__name__)

PAUSE = 1.0  # seconds between two rounds
PATIENCE = 2.0  # seconds; a round may be waiting for a server that does not answer


class Housekeeper:
    """Calls `round` again and again, PAUSE seconds apart."""

    def __init__(self, round: Callable[[], None]) -> None:
        self.round = round
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._end = threading.Event()

    def start(self) -> None:
        """Harmless to repeat."""
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
            thread.join(PATIENCE)

    def forget(self) -> None:
        """In a forked child, which has no such thread."""
        self._lock, self._thread = threading.Lock(), None

    def _work(self, end: threading.Event) -> None:
        while not end.wait(PAUSE):
            try:
                self.round()
            except Exception:
                logger.exception("The pools could not be tidied.")
