"""The site with views that hold a connection, and a middleware that wants one."""

import os
import sys

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from core.sql import fetch_one


def ask(sql: str, *values: object) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()[0]


def asks_the_database(get_response):
    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path == "/asked-by-middleware/":
            ask("SELECT 1")
        return get_response(request)

    return middleware


def hold(request: HttpRequest) -> HttpResponse:
    return HttpResponse(ask("SELECT GET_LOCK('hold', 60)"))


def echo(request: HttpRequest, number: int) -> HttpResponse:
    return HttpResponse(f"{os.getpid()} {ask('SELECT %s', number)}")


def named(request: HttpRequest, kind: str, number: int) -> HttpResponse:
    """The notes' two queries, `article` and `user`; the answer says which one it is of."""
    return JsonResponse(fetch_one(f"SELECT '{kind}' AS kind, %s AS number", [number]))


def slow(request: HttpRequest) -> HttpResponse:
    """As many of these at once have as many connections, if the pool has so many."""
    return HttpResponse(ask("SELECT SLEEP(0.3)"))


def write(request: HttpRequest) -> HttpResponse:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE django_migrations SET applied = NOW() WHERE id = 1")
    return HttpResponse("written")


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
if os.environ.get("STOCK_POOL"):  # django-db-connection-pool as shipped, for the proofs
    settings.DATABASES["default"] |= {
        "ENGINE": "dj_db_conn_pool.backends.mysql",
        "POOL_OPTIONS": {"POOL_SIZE": 2, "MAX_OVERFLOW": 0, "TIMEOUT": 1},
    }
settings.ROOT_URLCONF = __name__
settings.MIDDLEWARE = [f"{__name__}.asks_the_database", *settings.MIDDLEWARE]

from core.wsgi import application  # noqa: E402  (it loads the apps)

from core import urls  # noqa: E402  # isort: skip
from core.page_cache.common_pages import public  # noqa: E402  # isort: skip


@public(until=lambda: None)
def wanted(request: HttpRequest, number: int) -> HttpResponse:
    """A page that many anonymous visitors want at once, and one of them has made."""
    return HttpResponse(ask("SELECT %s", number))


__all__ = ["application"]
handler500 = urls.handler500
urlpatterns = [
    path("hold/", hold),
    path("slow/", slow),
    path("write/", write),
    path("echo/<int:number>/", echo),
    path("wanted/<int:number>/", wanted),
    path("named/<kind>/<int:number>/", named),
    *urls.urlpatterns,
]
if "--preload" in sys.argv:
    ask("SELECT 1")  # before the fork, and not given back
