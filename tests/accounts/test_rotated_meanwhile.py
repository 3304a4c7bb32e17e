"""Sessions that are rotated or ended while the same browser has another request under way."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts import middleware
from tests.accounts.conftest import PRIVATE, Device
from tests.core.sessions.browser import NAME

pytestmark = pytest.mark.django_db
END_OTHERS = "/account/sessions/end/"


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Runs a callback once, after a request has read its session and before it reads its user."""

    def meanwhile(happens: Callable[[], Any]) -> None:
        def late(request: Any) -> Any:
            monkeypatch.undo()
            request.session.get("user")
            happens()
            return middleware.get_user(request)

        monkeypatch.setattr(middleware, "get_user", late)

    return meanwhile


@pytest.fixture
def tabs(device: Callable[..., Device]) -> tuple[Device, Device]:
    """Two requests of one browser; the second one sends the old cookie."""
    desk, tab = device(), Device()
    tab.cookies[NAME] = desk.cookies[NAME].value
    return desk, tab


def test_newer_cookie_is_left_alone(tabs, meanwhile) -> None:
    desk, tab = tabs
    meanwhile(lambda: desk.post(END_OTHERS))
    answer = tab.get(PRIVATE)
    assert answer.status_code == 302
    assert NAME not in answer.cookies
    assert desk.is_signed_in()


def test_cookie_of_session_ended_elsewhere_is_deleted(device, tabs, meanwhile) -> None:
    meanwhile(lambda: device().post(END_OTHERS))
    assert tabs[1].get(PRIVATE).cookies[NAME]["max-age"] == 0
