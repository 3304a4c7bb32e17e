"""Flask-Caching's cached and memoize, in the process and on Redis, beside core.caching."""

from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from core.caching import cached, delete_memoized, memoize
from tests.parity.book import differs, same

# Within a transaction nothing is cached: docs/caching-functions.md.
pytestmark = [pytest.mark.parity, pytest.mark.django_db(transaction=True)]
SUBJECT = "cache"
calls = SimpleNamespace(page=0, sorted=0, double=0)


@cached(60)
def page(request):
    calls.page += 1
    return HttpResponse(f"{calls.page}")


@cached(60, query_string=True)
def sorted_page(request):
    calls.sorted += 1
    return HttpResponse(f"{calls.sorted}")


@memoize(60)
def double(number, times=2):
    calls.double += 1
    return number * times


@memoize(0)
def for_ever():
    calls.double += 1
    return calls.double


def enter(request):
    request.session["user"] = "alice"
    return HttpResponse("")


@cached(60)
def whose(request):
    return HttpResponse(request.session.get("user", "nobody"))


@cached(60, unless=lambda view, request: "fresh" in request.GET)
def unless(request):
    calls.page += 1
    return HttpResponse(f"{calls.page}")


@cached(60, forced_update=lambda request: "fresh" in request.GET)
def forced(request):
    calls.page += 1
    return HttpResponse(f"{calls.page}")


@cached(60, key_prefix="parity_comments")
def comments():
    calls.double += 1
    return calls.double


urlpatterns = [
    path("unless", unless),
    path("forced", forced),
    path("page", page),
    path("sorted", sorted_page),
    path("enter", enter),
    path("whose", whose),
]


@pytest.fixture(autouse=True)
def own_views(settings, flask):
    flask("use", backend="SimpleCache")
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = ["core.sessions.middleware.SessionMiddleware"]
    vars(calls).update(page=0, sorted=0, double=0)


def visit(*paths):
    client = Client()
    return [client.get(each).content.decode() for each in paths]


@pytest.mark.parametrize("where", ["unless", "forced"])
def test_a_view_that_shall_not_be_kept(flask, backend, where):
    paths = [f"/{where}", f"/{where}?fresh", f"/{where}", f"/{where}?fresh", f"/{where}"]
    ours, theirs = visit(*paths), flask("visit", paths=paths)
    numbers = [[int(each) - int(seen[0]) for each in seen] for seen in (ours, theirs)]
    same(f"{backend}: cached({where}=…)", *numbers)


@pytest.mark.parametrize("delete", [False, True])
def test_a_function_without_arguments(flask, backend, delete):
    calls.double = 0
    seen = [comments(), comments()]
    if delete:
        cache.delete("parity_comments")
    seen.append(comments())
    theirs = flask("comments_then", delete=delete)
    same(f"{backend}: cached(key_prefix=…), deleted: {delete}", seen, theirs)


def test_memoize_for_ever(flask):
    same("memoize(0) keeps", [for_ever(), for_ever()], flask("for_ever_twice"))


def test_a_cached_page_ignores_its_query(flask):
    paths = ["/page", "/page?a=1", "/page?a=2"]
    same("cached: the query", visit(*paths), flask("visit", paths=paths))


def test_query_string(flask):
    paths = ["/sorted?a=1&b=2", "/sorted?b=2&a=1", "/sorted?a=2", "/sorted", "/sorted?a=1&b=2"]
    same("cached(query_string=True)", visit(*paths), flask("visit", paths=paths))


ORDERS = {
    "a second call": [["call", [1]], ["call", [1]], ["call", [2]]],
    "defaults and keywords are one call": [
        ["call", [1]],
        ["call", [1, 2]],
        ["call", [], {"number": 1}],
    ],
    "delete_memoized: one": [
        ["call", [1]],
        ["call", [2]],
        ["delete", [1]],
        ["call", [2]],
        ["call", [1]],
    ],
    "delete_memoized: all": [
        ["call", [1]],
        ["call", [2]],
        ["delete", []],
        ["call", [1]],
        ["call", [2]],
    ],
    "1 and '1' are two": [["call", [1]], ["call", ["1"]]],
}


@pytest.mark.parametrize("case", ORDERS)
def test_memoize(flask, backend, case):
    seen = []
    for name, args, *more in ORDERS[case]:
        if name == "call":
            double(*args, **(more[0] if more else {}))
            seen.append(calls.double)
        else:
            delete_memoized(double, *args)
    same(f"{backend}: memoize: {case}", seen, flask("memoized", orders=ORDERS[case]))


def test_whose_page_it_is(flask):
    ours = [*visit("/enter", "/whose"), *visit("/whose")]
    theirs = [*flask("visit", paths=["/enter", "/whose"]), *flask("visit", paths=["/whose"])]
    why = "A page that was rendered for a signed-in visitor is not shown to another visitor."
    expected = (["", "alice", "nobody"], ["", "alice", "alice"])
    differs("cached: the page of another visitor", ours, theirs, why, expected=expected)
