import threading
import time

import pytest

from core.caching.caching_hooks import hooks
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

    def pause(seconds: float) -> bool:
        pausing.add(threading.get_ident())
        time.sleep(seconds)
        return True

    monkeypatch.setattr(hooks, "sleep", pause)
    return lambda count: lambda: len(pausing) == count
