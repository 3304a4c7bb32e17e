"""An ASGI site with a sync and an async view, each asking the database more than once."""

from core.asgi import application  # isort: skip  (first: it loads the apps)

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

__all__ = ["application"]
settings.ROOT_URLCONF = __name__


def ask(number: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s + 0 * SLEEP(0.005)", [number])
        return cursor.fetchone()[0]


def of_sync(request: HttpRequest, number: int) -> HttpResponse:
    return HttpResponse(f"{ask(number):.0f} {Session.objects.count()} {ask(-number):.0f}")


async def of_async(request: HttpRequest, number: int) -> HttpResponse:
    first = await sync_to_async(ask)(number)
    count = await Session.objects.acount()
    return HttpResponse(f"{first:.0f} {count} {await sync_to_async(ask)(-number):.0f}")


async def unsafe(request: HttpRequest) -> HttpResponse:
    return HttpResponse(ask(1))


def status(request: HttpRequest) -> HttpResponse:
    return HttpResponse(connection.pool().status())


urlpatterns = [
    path("sync/<int:number>/", of_sync),
    path("async/<int:number>/", of_async),
    path("unsafe/", unsafe),
    path("status/", status),
]
