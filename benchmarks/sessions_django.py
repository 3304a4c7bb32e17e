"""The Django variants of the part sessions: one engine each; and bare redis-py to compare with.

A whole request has the session and the sign-in middleware, the user and a line of text. The
stock variants keep their connection to MariaDB for ever, which is their best case.
"""

import json
from functools import partial
from importlib import import_module
from itertools import count
from typing import Any

import django
from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest, HttpResponse
from django.urls import path
from redis import Redis

from benchmarks.timing import Operation
from benchmarks.visit import VALUES, visit

STOCK = "django.contrib.sessions.middleware.SessionMiddleware"
OURS = "core.sessions.middleware.SessionMiddleware"
MONTH = 31 * 86400
numbers = count(1)


def ours(engine: str) -> dict[str, Any]:
    return operations(engine, OURS)


def stock(engine: str, slides: bool = False) -> dict[str, Any]:
    site = settings.DATABASES["default"]
    database = {name: value for name, value in site.items() if name != "POOL_OPTIONS"}
    kept = {"ENGINE": "django.db.backends.mysql", "CONN_MAX_AGE": None}
    settings.DATABASES = {"default": {**database, **kept}}
    cache = {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": settings.INKPOOL_SESSION_REDIS_URL,
    }
    settings.CACHES, settings.SESSION_CACHE_ALIAS = {"default": cache}, "default"
    settings.SESSION_SAVE_EVERY_REQUEST = slides
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
    return operations(engine, STOCK)


def redis_py() -> dict[str, Any]:
    client = Redis.from_url(settings.INKPOOL_SESSION_REDIS_URL or "")
    data = json.dumps(VALUES).encode()
    read, write = partial(client.get, "bare"), partial(client.set, "bare", data, ex=MONTH)
    return {
        "load": Operation(read),
        "save": Operation(write),
        "load and save": Operation(lambda: (read(), write())),
        "create": Operation(lambda: client.set(f"bare:{next(numbers)}", data, ex=MONTH, nx=True)),
    }


def operations(engine: str, middleware: str) -> dict[str, Any]:
    settings.SESSION_ENGINE, settings.ROOT_URLCONF = engine, __name__
    settings.MIDDLEWARE = [middleware, "django.contrib.auth.middleware.AuthenticationMiddleware"]
    django.setup()
    from django.core.handlers.wsgi import WSGIHandler

    store, application = import_module(engine).SessionStore, WSGIHandler()
    key = create(store, VALUES)
    cookie = f"{settings.SESSION_COOKIE_NAME}={create(store, VALUES | sign_in())}"
    return {
        "load": Operation(lambda: store(key).load()),
        "save": Operation(lambda session: session.save(), partial(changed, store, key)),
        "load and save": Operation(lambda: changed(store, key).save()),
        "create": Operation(partial(create, store, VALUES)),
        "read request": Operation(partial(visit, application, "/read", cookie)),
        "write request": Operation(partial(visit, application, "/write", cookie)),
    }


def sign_in() -> dict[str, Any]:
    user = auth.get_user_model()._default_manager.get(pk=1)
    return {
        auth.SESSION_KEY: str(user.pk),
        auth.BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        auth.HASH_SESSION_KEY: user.get_session_auth_hash(),
    }


def create(store: Any, content: dict[str, Any]) -> str:
    session = store()
    session.update(content)
    session.save()
    return session.session_key


def changed(store: Any, key: str) -> Any:
    session = store(key)
    session["visits"] = next(numbers)
    return session


def read(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.user.get_username())


def write(request: HttpRequest) -> HttpResponse:
    request.session["visits"] = next(numbers)
    return read(request)


urlpatterns = [path("read", read), path("write", write)]
