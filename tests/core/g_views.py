"""Views that use g, and the fixtures of the tests that call them."""

import asyncio
import threading
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.http import FileResponse, HttpResponse, JsonResponse, StreamingHttpResponse
from django.test import Client
from django.urls import path

from core.g import g
from core.signals import request_tearing_down

MANY = 8  # parallel requests


def shown(request):
    before = sorted(g)
    g.user = request.GET.get("user", "lqz")
    g.setdefault("seen", []).append(g.user)
    return JsonResponse({"before": before, "seen": g.seen, "user": g.pop("user", None)})


def broken(request):
    g.left = "behind"
    raise ValueError("on purpose")


def meeting(request):
    """Responds once all requests are here, so that each has set its name before one reads it."""
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


@pytest.fixture
def own_views(settings):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = ["core.g.request_globals", "tests.core.g_views.as_is"]
    STREAMED.clear()


def as_is(get_response):
    """A sync-only middleware, like most of this site."""
    return lambda request: get_response(request)


@pytest.fixture
def torn_down():
    heard = []

    def hear(sender, request, exc, **kwargs):
        heard.append((request.path, type(exc), sorted(g)))

    request_tearing_down.connect(hear)
    yield heard
    request_tearing_down.disconnect(hear)
