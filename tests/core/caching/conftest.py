import threading
import time
from types import SimpleNamespace

import pytest

from core.caching import single_flight
from tests.core.caching import caching_views
from tests.core.caching.gates import Counted, Gate, Waiting


@pytest.fixture
def counted() -> Counted:
    return Counted()


@pytest.fixture
def calls() -> list[str]:
    """The paths for which a view of caching_views.py has run."""
    caching_views.calls.clear()
    return caching_views.calls


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Waiting:
    """waiting(3)() is true once three threads wait for a result that another one computes."""
    pausing: set[int] = set()

    def pause(seconds: float) -> None:
        pausing.add(threading.get_ident())
        time.sleep(seconds)

    clock = SimpleNamespace(sleep=pause, monotonic=time.monotonic, time=lambda: time.time())
    monkeypatch.setattr(single_flight, "time", clock)
    return lambda count: lambda: len(pausing) == count
