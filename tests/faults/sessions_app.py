"""The site with a few more views, which use the session as the site itself hardly does."""

from core.wsgi import application  # isort: skip  (first: it loads the apps)

import os
from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from core import urls
from core.sessions import connection

__all__ = ["application"]
handler400, handler500 = urls.handler400, urls.handler500
settings.ROOT_URLCONF = __name__

if "BEFORE_THE_FORK" in os.environ:
    early = import_module(settings.SESSION_ENGINE).SessionStore()
    early["user"] = "early"
    early.save()
    number = os.fstat(connection.idle()[0]._sock.fileno()).st_ino
    os.environ["SOCKET_BEFORE_THE_FORK"] = f"socket:[{number}]"


def write(request: HttpRequest, key: str) -> HttpResponse:
    request.session[key] = key
    return HttpResponse()


def count(request: HttpRequest) -> HttpResponse:
    request.session.increment("visits")
    return HttpResponse()


async def awrite(request: HttpRequest, key: str) -> JsonResponse:
    await request.session.aset(key, key)
    await request.session.aincrement("visits")
    return JsonResponse({"user": await request.session.aget("user")})


def show(request: HttpRequest) -> HttpResponse:
    return JsonResponse(dict(request.session.items()))


def process(request: HttpRequest) -> JsonResponse:
    early = os.environ["SOCKET_BEFORE_THE_FORK"]
    return JsonResponse({"user": request.session["user"], "pid": os.getpid(), "early": early})


def enter(request: HttpRequest) -> HttpResponse:
    """What login() does to a session."""
    request.session["user"] = "alice"
    request.session.cycle_key()
    return HttpResponse()


def admit(request: HttpRequest) -> HttpResponse:
    login(request, get_user_model().objects.get(username="alice_writes"))
    return HttpResponse()


def leave(request: HttpRequest) -> HttpResponse:
    """What logout() does to a session: it asks whose it is, then ends it."""
    request.session.get("user")
    request.session.flush()
    return HttpResponse()


def hold(request: HttpRequest) -> HttpResponse:
    """Reads, waits until the gate is shut again, and writes."""
    user = request.session["user"]
    with open(os.environ["GATE"]) as gate:
        gate.read()
    request.session["held"] = user
    return HttpResponse()


urlpatterns = [
    path("session/", show),
    path("session/process/", process),
    path("session/admit/", admit),
    path("session/enter/", enter),
    path("session/leave/", leave),
    path("session/count/", count),
    path("session/hold/", hold),
    path("session/write/<str:key>/", write),
    path("session/awrite/<str:key>/", awrite),
    *urls.urlpatterns,
]
