"""g lives for one request: sync, async, in threads, in streams, after errors."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.core.checks import run_checks
from django.core.wsgi import get_wsgi_application
from django.http import FileResponse, HttpResponse, JsonResponse, StreamingHttpResponse
from django.test import AsyncClient, Client, RequestFactory
from django.urls import path

from core.g import OUTSIDE, context, current, g, request_globals
from core.signals import request_tearing_down

pytestmark = pytest.mark.django_db  # the handlers look at its connections
MANY = 8  # threads that ask at once


def shown(request):
    before = sorted(g)
    g.user = request.GET.get("user", "lqz")
    g.setdefault("seen", []).append(g.user)
    return JsonResponse({"before": before, "seen": g.seen, "user": g.pop("user", None)})


def broken(request):
    g.left = "behind"
    raise ValueError("on purpose")


def meeting(request):
    """Answers once all are here, so that each has set its name before any reads it."""
    g.name = request.GET["name"]
    MEETING.wait(timeout=20)
    return HttpResponse(g.name)


def nested(request):
    g.name = "outer"
    inner = Client().get("/shown").json()
    return JsonResponse({"inner": inner, "name": g.name, "names": sorted(g)})


async def shown_async(request):
    g.name = request.GET.get("name", "lqz")
    await asyncio.sleep(0)
    in_task = await asyncio.create_task(asked())
    in_thread = await sync_to_async(lambda: g.name)()
    in_other = await asyncio.to_thread(lambda: g.name)
    return JsonResponse({"found": [g.name, in_task, in_thread, in_other]})


async def asked():
    return g.name


def parts():
    for number in range(3):
        g.sent = g.get("sent", 0) + 1
        yield f"{g.name}{number} "
    STREAMED.append({"name": g.name, "sent": g.sent})


def stream(request):
    g.name = "ink"
    return StreamingHttpResponse(parts())


async def stream_async(request):
    g.name = "ink"

    async def later():
        for part in parts():
            await asyncio.sleep(0)
            yield part

    return StreamingHttpResponse(later())


def file(request):
    return FileResponse(Path(__file__).open("rb"))


MEETING = threading.Barrier(MANY)
STREAMED: list[dict] = []
urlpatterns = [
    path(view.__name__, view)
    for view in (shown, broken, meeting, nested, shown_async, stream, stream_async, file)
]


@pytest.fixture(autouse=True)
def own_views(settings):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = ["core.g.request_globals", "tests.core.test_g.as_is"]
    STREAMED.clear()


def as_is(get_response):
    """A middleware that knows nothing of async, as most of this site's."""
    return lambda request: get_response(request)


@pytest.fixture
def torn_down():
    heard = []

    def hear(sender, request, exc, **kwargs):
        heard.append((request.path, type(exc), sorted(g)))

    request_tearing_down.connect(hear)
    yield heard
    request_tearing_down.disconnect(hear)


def test_it_is_set_and_read_as_in_flask():
    with context():
        assert "name" not in g
        g.name = "lqz"
        assert (g.name, g.get("name"), g.get("other"), g.get("other", 1)) == ("lqz", "lqz", None, 1)
        assert "name" in g
        assert g.setdefault("name", "other") == "lqz"
        assert g.setdefault("age", 18) == 18
        assert list(g) == ["name", "age"]
        assert repr(g) == "<g: name, age>"
        assert g.pop("age") == 18
        assert g.pop("age", None) is None
        del g.name
        assert list(g) == []


def test_what_is_not_set_is_said_by_name():
    with context():
        with pytest.raises(AttributeError, match="'name'"):
            _ = g.name
        with pytest.raises(AttributeError, match="'name'"):
            del g.name
        with pytest.raises(KeyError):
            g.pop("name")


def test_a_method_of_g_is_no_name_for_a_value():
    with context(), pytest.raises(AttributeError, match="use another name"):
        g.pop = 1


@pytest.mark.parametrize(
    "use",
    [
        lambda: g.name,
        lambda: setattr(g, "name", 1),
        lambda: delattr(g, "name"),
        lambda: g.get("name"),
        lambda: g.pop("name", None),
        lambda: g.setdefault("name"),
        lambda: "name" in g,
        lambda: list(g),
    ],
)
def test_outside_a_request_each_use_says_the_cure(use):
    with pytest.raises(RuntimeError) as caught:
        use()
    assert str(caught.value) == OUTSIDE
    assert "with core.g.context():" in OUTSIDE


def test_outside_a_request_it_is_false():
    assert not g
    assert repr(g) == "<g: no request>"
    assert not hasattr(g, "__wrapped__")
    with context():
        assert g


def test_a_name_of_pythons_kind_is_one_like_others():
    with context():
        g.__seen__ = 1
        assert (g.__seen__, list(g)) == (1, ["__seen__"])
        del g.__seen__
        assert not hasattr(g, "__seen__")


def test_what_each_object_has_is_no_name():
    with context():
        for name in ("__class__", "__doc__", "__slots__", "pop"):
            with pytest.raises(AttributeError, match="use another name"):
                setattr(g, name, 1)
            with pytest.raises(AttributeError, match="use another name"):
                g.setdefault(name, 1)
        assert list(g) == []


def test_a_context_inside_another_sees_nothing_of_it():
    with context():
        g.name = "outer"
        with context():
            assert "name" not in g
        assert g.name == "outer"
    assert not g


def test_a_context_ends_with_an_exception_too():
    with pytest.raises(ZeroDivisionError), context():
        g.name = 1 / 0
    assert not g


def test_the_next_request_finds_it_empty(client):
    for user in ("alice_writes", "robert"):
        answer = client.get("/shown", {"user": user}).json()
        assert answer == {"before": [], "seen": [user], "user": user}
        assert not g


def test_it_is_empty_after_an_exception_too(client, torn_down):
    client.raise_request_exception = False
    assert client.get("/broken").status_code == 500
    assert client.get("/shown").json()["before"] == []
    assert torn_down == [("/broken", ValueError, ["left"]), ("/shown", type(None), ["seen"])]


def test_what_ends_the_middleware_itself_ends_g():
    def interrupted(request):
        g.name = "lqz"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        request_globals(interrupted)(RequestFactory().get("/"))
    assert not g


def test_a_task_that_is_cancelled_is_torn_down_too():
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


def test_a_request_within_a_request_has_its_own(client):
    answer = client.get("/nested").json()
    assert answer["inner"]["before"] == []
    assert (answer["name"], answer["names"]) == ("outer", ["name"])


def test_a_request_within_a_context_leaves_it(client):
    with context():
        g.name = "mine"
        assert client.get("/shown").json()["before"] == []
        assert g.name == "mine"


def test_many_threads_never_see_each_others(settings):
    settings.ROOT_URLCONF = __name__

    def ask(name):
        return Client().get("/meeting", {"name": name}).content.decode()

    names = [f"name{number}" for number in range(MANY * 25)]
    with ThreadPoolExecutor(MANY) as threads:
        assert list(threads.map(ask, names)) == names
        assert set(threads.map(lambda _: bool(g), range(MANY))) == {False}


def test_a_thread_sees_it_with_the_context_it_is_given():
    found = []

    def look():
        found.append(g.name if g else None)

    with context():
        g.name = "lqz"
        for target in (look, partial(copy_context().run, look)):
            thread = threading.Thread(target=target)
            thread.start()
            thread.join()
    assert found == [None, "lqz"]


def test_a_context_that_outlives_the_request_is_outside():
    with context():
        g.name = "lqz"
        kept = copy_context()
    with pytest.raises(RuntimeError):
        kept.run(lambda: g.name)


@pytest.mark.parametrize("middleware", [[], ["tests.core.test_g.as_is"]])
def test_an_async_view_its_tasks_and_its_threads_share_it(settings, middleware):
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
def test_a_sync_view_under_asgi_is_torn_down_with_its_names(view, torn_down):
    client = AsyncClient(raise_request_exception=False)
    async_to_sync(client.get)(f"/{view}")
    expected = {"broken": (ValueError, ["left"]), "shown": (type(None), ["seen"])}
    assert torn_down == [(f"/{view}", *expected[view])]
    assert not g


def test_a_stream_sees_it_until_it_is_closed(client, torn_down):
    response = client.get("/stream")
    assert torn_down == []
    assert b"".join(response.streaming_content) == b"ink0 ink1 ink2 "
    assert STREAMED == [{"name": "ink", "sent": 3}]
    assert torn_down == [("/stream", type(None), ["name", "sent"])]
    assert not g


def test_a_stream_left_halfway_ends_it(client, torn_down):
    response = client.get("/stream")
    assert next(response.streaming_content) == b"ink0 "
    response.close()
    assert (len(torn_down), bool(g)) == (1, False)


def test_a_response_that_nobody_closes_leaves_nothing_behind(client):
    response = client.get("/stream")
    assert next(response.streaming_content) == b"ink0 "
    assert not g
    assert client.get("/shown").json()["before"] == []
    response.close()


@pytest.mark.parametrize("view", ["stream_async", "stream"])
@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
def test_a_stream_under_asgi(view, torn_down):
    async def ask():
        response = await AsyncClient().get(f"/{view}")
        return b"".join([part async for part in response])

    assert async_to_sync(ask)() == b"ink0 ink1 ink2 "
    assert STREAMED == [{"name": "ink", "sent": 3}]
    assert len(torn_down) == 1
    assert not g


def test_a_stream_is_made_in_whatever_thread_the_server_asks_for_it():
    environ = RequestFactory().get("/stream").environ
    response = get_wsgi_application()(environ, lambda *args: None)
    iterator = iter(response)
    found = []

    def ask():
        found.append(next(iterator))
        found.append(bool(g))

    for _ in range(3):
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    closing = threading.Thread(target=response.close)
    closing.start()
    closing.join()
    assert found == [b"ink0 ", False, b"ink1 ", False, b"ink2 ", False]
    assert current() is None


def test_a_file_keeps_its_way_through_the_servers_sendfile(torn_down):
    environ = RequestFactory().get("/file").environ | {"wsgi.file_wrapper": lambda file, size: file}
    file = get_wsgi_application()(environ, lambda *args: None)
    assert file.name == __file__
    assert torn_down == []
    file.close()
    assert (len(torn_down), bool(g)) == (1, False)


@pytest.mark.parametrize(
    ("middleware", "expected"),
    [
        (["core.monitoring.health.probes", "core.g.request_globals"], []),
        (["core.g.request_globals"], []),
        (["tests.core.test_g.as_is"], ["core.E020"]),
        (["tests.core.test_g.as_is", "core.g.request_globals"], ["core.E020"]),
    ],
)
def test_a_middleware_before_it_is_told(settings, middleware, expected):
    settings.MIDDLEWARE = middleware
    assert [each.id for each in run_checks() if each.id == "core.E020"] == expected
