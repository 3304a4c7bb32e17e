"""Flask-Caching, g, signals and commands of the notes beside core.caching, core.g and the rest."""

import subprocess
import sys
from io import StringIO
from types import SimpleNamespace

import pytest
from django.contrib import messages
from django.core import signals as django_signals
from django.core.cache import cache
from django.core.management import call_command
from django.dispatch import Signal
from django.http import HttpResponse, JsonResponse
from django.template import engines
from django.test import Client
from django.urls import path

from accounts.models import User
from core import signals
from core.caching import cached, delete_memoized, memoize
from core.g import g
from tests.parity.conftest import differs, same
from tests.processes import ROOT

# Within a transaction nothing is cached: docs/caching-functions.md.
pytestmark = [pytest.mark.parity, pytest.mark.django_db(transaction=True)]
SUBJECT = "site"
calls = SimpleNamespace(page=0, sorted=0, double=0)


def index(request):
    cache.set("name", "xxx")
    return HttpResponse("index")


def get(request):
    return HttpResponse(cache.get("name") or "none")


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


def uses_g(request):
    before = "name" in g
    had = set(g)  # the site's own: the request's id, its timings
    g.name = "lqz"
    if request.GET.get("fails"):
        raise ValueError("fails")
    seen = [g.get("name"), g.get("none"), g.setdefault("n", 1), sorted(set(g) - had), g.pop("name")]
    return JsonResponse({"before": before, "seen": seen, "after": "name" in g})


def rendering(request):
    messages.success(request, "saved")
    template = engines["django"].from_string("{{ ink }}")
    return HttpResponse(template.render({"ink": "blue"}, request))


def fail(request):
    raise ValueError("fails")


urlpatterns = [
    path("", index),
    path("get", get),
    path("page", page),
    path("sorted", sorted_page),
    path("g", uses_g),
    path("render", rendering),
    path("fail", fail),
]


@pytest.fixture(autouse=True)
def own_views(settings):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = [
        "core.g.request_globals",
        "core.sessions.middleware.SessionMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ]
    vars(calls).update(page=0, sorted=0, double=0)


def visit(*paths):
    client = Client(raise_request_exception=False)
    answers = [client.get(each) for each in paths]
    return [
        answer.content.decode() if answer.status_code == 200 else answer.status_code
        for answer in answers
    ]


def test_cache_set_and_get(flask):
    same("cache.set('name', 'xxx'), get", visit("/", "/get"), flask("visit", paths=["/", "/get"]))


def here(timeout):
    cache.set("kept", 1, timeout=timeout)
    return cache.get("kept") is not None


def test_timeouts(flask):
    same("a timeout", here(60), flask("kept", timeout=60, wait=0))
    same("timeout=None", here(None), flask("kept", timeout=None, wait=0))
    why = "cache.set is Django's, where 0 is at once; cached() and memoize() keep Flask's meaning"
    seen = here(0), flask("kept", timeout=0, wait=0)
    differs("cache.set with timeout=0", *seen, why, expected=(False, True))


@memoize(0)
def for_ever():
    calls.double += 1
    return calls.double


def test_memoize_for_ever():
    same("memoize(0) keeps", [for_ever(), for_ever()], [1, 1])


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
def test_memoize(flask, case):
    seen = []
    for name, args, *more in ORDERS[case]:
        if name == "call":
            double(*args, **(more[0] if more else {}))
            seen.append(calls.double)
        else:
            delete_memoized(double, *args)
    same(f"memoize: {case}", seen, flask("memoized", orders=ORDERS[case]))


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


OURS = {
    "request_started": django_signals.request_started,
    "request_finished": django_signals.request_finished,
    "got_request_exception": django_signals.got_request_exception,
    "before_render_template": signals.before_render_template,
    "template_rendered": signals.template_rendered,
    "message_flashed": signals.message_flashed,
    "request_tearing_down": signals.request_tearing_down,
}


def heard(where):
    told = []

    def receiver_of(name):
        return lambda **kwargs: told.append(name)

    receivers = {name: receiver_of(name) for name in OURS}
    for name, receiver in receivers.items():
        OURS[name].connect(receiver)
    visit(where)
    for name, receiver in receivers.items():
        OURS[name].disconnect(receiver)
    return told


def test_signals_of_a_page(flask):
    ours, theirs = heard("/render"), flask("heard", path="/render")
    same("signals of a page: which", sorted(ours), sorted(theirs))
    last = slice(-2, None)
    same("signals of a page: before the end", ours[:-2], theirs[:-2])
    why = "Django's request_finished is sent when the response is closed, after its last byte"
    ends = ["request_tearing_down", "request_finished"]
    expected = (ends, ends[::-1])
    differs("signals of a page: the end", ours[last], theirs[last], why, expected=expected)


def test_signals_of_a_view_that_fails(flask):
    names = {"got_request_exception", "request_started", "request_tearing_down"}
    ours = [name for name in heard("/fail") if name in names]
    theirs = [name for name in flask("heard", path="/fail") if name in names]
    same("signals of a view that fails", ours, theirs)


def test_a_signal_of_ones_own(flask):
    theirs, told = flask("custom_signal"), []

    def func3(*args, **kwargs):
        told.append([list(args), {"k": kwargs["k"]}])
        told.append(kwargs["sender"])
        return "heard"

    xxxxx = Signal()
    xxxxx.connect(func3)
    answers = [answer for _, answer in xxxxx.send(1, k="2")]
    del func3
    same("a custom signal: the answer", answers, theirs["answers"])
    same("a custom signal: its keywords", told[0][1], theirs["told"][0][1])
    same("a custom signal: receivers are weak", len(xxxxx.send(1, k="2")), theirs["after"])
    why = "Django passes the sender by keyword: args[0] of the notes is kwargs['sender']"
    args = told[0][0], theirs["told"][0][0]
    differs("a custom signal: args", *args, why, expected=([], [1]))
    assert told[1] == 1


def manage(*words):
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    return [done.returncode, done.stdout]


def test_commands(flask):
    same("an argument", manage("custom", "lqz"), flask("command", words=["create-user", "lqz"]))
    ours, theirs = manage("custom"), flask("command", words=["create-user"])
    same("an argument is missing", ours[0], theirs[0])
    ours, theirs = manage("custom", "a", "b"), flask("command", words=["create-user", "a", "b"])
    same("an argument too many", ours[0], theirs[0])
    same(
        "--help",
        manage("custom", "--help")[0],
        flask("command", words=["create-user", "--help"])[0],
    )
    why = "manage.py names the file: with an underscore; the dash belongs to Click"
    codes = manage("create-user", "lqz")[0], flask("command", words=["create-user", "lqz"])[0]
    differs("create-user", *codes, why, expected=(1, 0))


def test_create_user(flask):
    said = StringIO()
    call_command("create_user", "lqz_2026", noinput=True, stdout=said, stderr=StringIO())
    _, theirs = flask("command", words=["create-user", "lqz_2026"])
    same("create_user: says the name", "lqz_2026" in said.getvalue(), "lqz_2026" in theirs)
    assert User.objects.get(username="lqz_2026").has_usable_password()
