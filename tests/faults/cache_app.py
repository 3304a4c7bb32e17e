"""The site as it is, with its answers signed by the worker and a few views that write and look."""

from core.wsgi import application as site  # isort: skip  (first: it loads the apps)

import os
import signal
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model, login, logout
from django.contrib.auth.models import Permission
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from articles.models import Article
from articles.schedule import published
from core import sql, urls
from core.invalidation.write_tracker import WriteTracker

handler500 = urls.handler500
settings.ROOT_URLCONF = __name__
User = get_user_model()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    def signed(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        return start_response(status, [*headers, ("X-Worker", str(os.getpid()))], *rest)

    return site(environ, signed)


def found() -> list[str]:
    """Through the query cache."""
    return [each.title for each in published().defer("body")]


def look(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"titles": found()})


def me(request: HttpRequest) -> JsonResponse:
    user = request.user
    return JsonResponse({
        "name": getattr(user, "display_name", None),
        "may": user.has_perm("articles.delete_tag"),
    })  # fmt: skip


def snapshot(request: HttpRequest) -> JsonResponse:
    """Reads twice within a snapshot, as a careless program may, without atomic()."""
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    transaction.set_autocommit(False)
    try:
        first = found()
        time.sleep(0.02)
        return JsonResponse({"same": first == found()})
    finally:
        transaction.rollback()
        transaction.set_autocommit(True)


def isolated(request: HttpRequest) -> JsonResponse:
    """The same as ATOMIC_REQUESTS does it."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    with transaction.atomic():
        first = found()
        time.sleep(0.02)
        return JsonResponse({"same": first == found()})


def save(title: str) -> None:
    article = Article.objects.order_by("pk")[0]
    article.title = title
    article.save()


def update(title: str) -> None:
    Article.objects.update(title=title)


def bulk(title: str) -> None:
    articles = list(Article.objects.order_by("pk"))
    for each in articles:
        each.title = title
    Article.objects.bulk_update(articles, ["title"])


def raw(title: str) -> None:
    sql.execute("UPDATE articles_article SET title = %s", [title])


def atomic(title: str) -> None:
    with transaction.atomic():
        update(f"{title}, not yet")
        found()
        with transaction.atomic():
            update(title)


def by_hand(title: str) -> None:
    connection.ensure_connection()
    transaction.set_autocommit(False)
    update(title)
    found()
    transaction.commit()
    transaction.set_autocommit(True)


def undone(title: str) -> None:
    """Written, undone, and only then written for good."""
    with transaction.atomic():
        update(f"{title}, undone")
        transaction.set_rollback(True)
    update(title)


def many(title: str) -> None:
    for number in range(20):
        update(f"{title}, {number}")
    update(title)


def create(title: str) -> None:
    for each in Article.objects.order_by("pk")[4:]:
        each.delete()
    update(title)
    Article.objects.create(author=User.objects.get(username="alice_writes"), title=title,
                           body="Text.", status="published")  # fmt: skip


def several(title: str) -> None:
    """In one text, which goes on at the server while its first result is here."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN; UPDATE articles_article SET title = %s; COMMIT", [title])


ORM = save, update, bulk, atomic, by_hand, undone, many, create
WAYS = {each.__name__: each for each in (*ORM, raw, several)}


def write(request: HttpRequest, way: str) -> HttpResponse:
    WAYS[way](request.GET["title"])
    return HttpResponse()


def rename(request: HttpRequest) -> HttpResponse:
    """Bob gets a name, and a permission or none: a group's, as staff does it."""
    User.objects.filter(username="bob_reads").update(display_name=request.GET["name"])
    bob = User.objects.get(username="bob_reads")
    permission = Permission.objects.get(codename="delete_tag")
    (bob.user_permissions.add if "may" in request.GET else bob.user_permissions.remove)(permission)
    return HttpResponse()


def call(request: HttpRequest, name: str) -> HttpResponse:
    User.objects.filter(username=name).update(display_name=request.GET["name"])
    return HttpResponse()


def leave(request: HttpRequest) -> HttpResponse:
    logout(request)
    return HttpResponse()


def activate(request: HttpRequest, active: int) -> HttpResponse:
    User.objects.filter(username="bob_reads").update(is_active=bool(active))
    return HttpResponse()


def die(request: HttpRequest) -> HttpResponse:
    """Killed between the commit and the new generation."""
    kill = lambda self, is_over: os.kill(os.getpid(), signal.SIGKILL)  # noqa: E731
    WriteTracker.announce = kill  # type: ignore[method-assign]
    with transaction.atomic():
        update(request.GET["title"])
    return HttpResponse()


def admit(request: HttpRequest, name: str) -> HttpResponse:
    login(request, User.objects.get(username=name))
    return HttpResponse()


urlpatterns = [
    path("cache/look/", look),
    path("cache/me/", me),
    path("cache/snapshot/", snapshot),
    path("cache/isolated/", isolated),
    path("cache/write/<str:way>/", write),
    path("cache/rename/", rename),
    path("cache/call/<str:name>/", call),
    path("cache/leave/", leave),
    path("cache/active/<int:active>/", activate),
    path("cache/die/", die),
    path("cache/admit/<str:name>/", admit),
    *urls.urlpatterns,
]
