"""g lives for one request: sync and async, in threads and tasks, after errors."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from asgiref.sync import async_to_sync
from django.core.checks import run_checks
from django.test import AsyncClient, Client, RequestFactory

from core.g import context, g, request_globals
from core.signals import request_tearing_down
from tests.core.g_views import MANY
from tests.core.g_views import own_views as own_views  # fixtures here too
from tests.core.g_views import torn_down as torn_down

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_views")]


def test_next_request_begins_empty(client):
    for user in ("alice_writes", "robert"):
        answer = client.get("/shown", {"user": user}).json()
        assert answer == {"before": [], "seen": [user], "user": user}
        assert not g


def test_request_after_an_exception_begins_empty(client, torn_down):
    client.raise_request_exception = False
    assert client.get("/broken").status_code == 500
    assert client.get("/shown").json()["before"] == []
    assert torn_down == [("/broken", ValueError, ["left"]), ("/shown", type(None), ["seen"])]


def test_keyboard_interrupt_closes_g():
    def interrupted(request):
        g.name = "lqz"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        request_globals(interrupted)(RequestFactory().get("/"))
    assert not g


def test_cancelled_task_is_torn_down():
    heard = []

    async def hear(request, **kwargs):
        heard.append((request.path, g.name))

    async def cancelled(request):
        g.name = "lqz"
        raise asyncio.CancelledError

    request_tearing_down.connect(hear)
    try:
        with pytest.raises(asyncio.CancelledError):
            async_to_sync(request_globals(cancelled))(RequestFactory().get("/gone"))
    finally:
        request_tearing_down.disconnect(hear)
    assert heard == [("/gone", "lqz")]
    assert not g


def test_nested_request_has_its_own_g(client):
    answer = client.get("/nested").json()
    assert answer["inner"]["before"] == []
    assert (answer["name"], answer["names"]) == ("outer", ["name"])


def test_request_within_a_context_leaves_its_values(client):
    with context():
        g.name = "mine"
        assert client.get("/shown").json()["before"] == []
        assert g.name == "mine"


def test_threads_never_see_values_of_others(settings):
    settings.ROOT_URLCONF = "tests.core.g_views"

    def ask(name):
        return Client().get("/meeting", {"name": name}).content.decode()

    names = [f"name{number}" for number in range(MANY * 25)]
    with ThreadPoolExecutor(MANY) as threads:
        assert list(threads.map(ask, names)) == names
        assert set(threads.map(lambda _: bool(g), range(MANY))) == {False}


@pytest.mark.parametrize("middleware", [[], ["tests.core.g_views.as_is"]])
def test_async_view_shares_g_with_tasks_and_threads(settings, middleware):
    settings.MIDDLEWARE = ["core.g.request_globals", *middleware]

    async def ask(name):
        return (await AsyncClient().get("/shown_async", {"name": name})).json()["found"]

    async def ask_all():
        return await asyncio.gather(*(ask(f"name{number}") for number in range(20)))

    expected = [[f"name{number}"] * 4 for number in range(20)]
    assert async_to_sync(ask_all)() == expected
    assert not g


def test_an_async_view_under_wsgi(client):
    assert client.get("/shown_async").json()["found"] == ["lqz"] * 4


@pytest.mark.parametrize("view", ["broken", "shown"])
def test_sync_view_under_asgi_is_torn_down(view, torn_down):
    client = AsyncClient(raise_request_exception=False)
    async_to_sync(client.get)(f"/{view}")
    expected = {"broken": (ValueError, ["left"]), "shown": (type(None), ["seen"])}
    assert torn_down == [(f"/{view}", *expected[view])]
    assert not g


@pytest.mark.parametrize(
    ("middleware", "expected"),
    [
        (["core.monitoring.middleware.early_answers", "core.g.request_globals"], []),
        (["core.g.request_globals"], []),
        (["tests.core.g_views.as_is"], ["core.E020"]),
        (["tests.core.g_views.as_is", "core.g.request_globals"], ["core.E020"]),
    ],
)
def test_middleware_before_g_is_reported_by_check(settings, middleware, expected):
    settings.MIDDLEWARE = middleware
    assert [each.id for each in run_checks() if each.id == "core.E020"] == expected
