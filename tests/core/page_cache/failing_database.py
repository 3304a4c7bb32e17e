"""A database that can be switched off, and the cache status of pages past their time."""

import re
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.db.backends.utils import CursorWrapper

ASKED = re.compile(r"Inkpool; fwd=stale; fwd-status=503; ttl=-\d+; detail=stale-if-error")
UNASKED = re.compile(r"Inkpool; hit; ttl=-\d+; detail=stale-if-error")


class Database:
    """Switches every statement off and on; counts those that failed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_away, self.refused = False, 0
        self.released = threading.Event()
        self.released.set()
        stock: Any = CursorWrapper.execute

        def execute(cursor: CursorWrapper, *args: Any, **kwargs: Any) -> Any:
            if self.is_away:
                self.refused += 1
                self.released.wait(20)
                raise OperationalError(2002, "Can't connect to server")
            return stock(cursor, *args, **kwargs)

        monkeypatch.setattr(CursorWrapper, "execute", execute)


def until(true: Callable[[], object]) -> None:
    limit = time.monotonic() + 20
    while not true():
        assert time.monotonic() < limit
        time.sleep(0.005)
