"""Flask's g beside core.g: how long it lives, and for whom."""

import threading
from contextvars import copy_context

import pytest
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.test import Client
from django.urls import path

from core.g import context, g
from tests.parity.book import differs, same
from tests.parity.own_views import own_views, visit  # noqa: F401  (a fixture)

pytestmark = [pytest.mark.parity, pytest.mark.django_db]
SUBJECT = "site"


def uses_g(request):
    before = "name" in g
    had = set(g)  # the site's own: the request's id, its timings
    g.name = "lqz"
    if request.GET.get("fails"):
        raise ValueError("fails")
    seen = [g.get("name"), g.get("none"), g.setdefault("n", 1), sorted(set(g) - had), g.pop("name")]
    return JsonResponse({"before": before, "seen": seen, "after": "name" in g})


def stream(request):
    g.name = "lqz"

    def parts():
        yield g.name

    return StreamingHttpResponse(parts())


def thread(request):
    g.name, seen = "lqz", []

    def look():
        try:
            seen.append(g.name)
        except RuntimeError:
            seen.append("RuntimeError")

    run = copy_context().run if request.GET.get("copied") else lambda work: work()
    started = threading.Thread(target=run, args=(look,))
    started.start()
    started.join()
    return HttpResponse(seen[0])


def nested(request):
    g.name = "lqz"
    with context():
        inner = "name" in g
    return JsonResponse([inner, "name" in g], safe=False)


urlpatterns = [
    path("stream", stream),
    path("thread", thread),
    path("nested", nested),
    path("g", uses_g),
]


def test_g_lives_for_one_request(flask):
    for number in range(2):
        ours = Client().get("/g").json()
        same(f"g in request {number + 1}", ours, flask("ask_json", path="/g"))


def test_g_is_empty_after_an_exception(flask):
    ours, theirs = visit("/g?fails=1"), flask("visit", paths=["/g?fails=1"])
    same("g: the request that fails", ours, theirs)
    ours, theirs = Client().get("/g").json(), flask("ask_json", path="/g")
    same("g after an exception", ours["before"], theirs["before"])


def test_g_outside_a_request(flask):
    with pytest.raises(RuntimeError) as ours:
        g.name = "lqz"
    same("g outside a request", type(ours.value).__name__, flask("g_outside"))


def test_g_in_a_stream(flask):
    ours = Client().get("/stream").getvalue().decode()
    (lost,), (kept,) = (flask("visit", paths=[each]) for each in ("/stream", "/stream?kept=1"))
    same("g in a stream: with stream_with_context", ours, kept)
    why = "g exists until the response is closed, so a streamed response can use it."
    differs("g in a stream", ours, lost, why, expected=("lqz", "RuntimeError"))


def test_g_in_a_thread(flask):
    paths = ["/thread", "/thread?copied=1"]
    ours, theirs = visit(*paths), flask("visit", paths=paths)
    same("g in a thread: without the request's context, and with it", ours, theirs)


def test_g_in_a_context_within(flask):
    same("g: a context within", Client().get("/nested").json(), flask("ask_json", path="/nested"))


def test_g_in_a_command(flask):
    def ours():
        g.name = "lqz"
        return f"{g.name}\n"

    with pytest.raises(RuntimeError, match="context") as error:
        ours()
    code, theirs = flask("g_in_a_command")
    why = (
        "Flask's commands run in an application context. Here a command opens `with "
        "core.g.context():` itself."
    )
    expected = ("RuntimeError", "lqz\n")
    differs("g in a command", error.type.__name__, theirs, why, expected=expected)
    with context():
        same("g in a command that opens it", ours(), theirs)
    assert code == 0


def test_what_g_has_not(flask):
    seen = []
    with context():
        for use in (lambda: g.name, lambda: delattr(g, "name"), lambda: g.pop("name")):
            with pytest.raises((AttributeError, KeyError)) as error:
                use()
            seen.append(error.type.__name__)
    same("g: what is not set", seen, flask("wrong_uses"))
