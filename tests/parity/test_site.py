"""g and signals of the notes beside ours."""

import pytest
from django.contrib import messages
from django.core import signals as django_signals
from django.dispatch import Signal
from django.http import HttpResponse, JsonResponse
from django.template import engines
from django.test import Client
from django.urls import path

from core import signals
from core.g import g
from tests.parity.conftest import differs, same

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


def rendering(request):
    messages.success(request, "saved")
    template = engines["django"].from_string("{{ ink }}")
    return HttpResponse(template.render({"ink": "blue"}, request))


def fail(request):
    raise ValueError("fails")


urlpatterns = [
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


def visit(*paths):
    client = Client(raise_request_exception=False)
    answers = [client.get(each) for each in paths]
    return [
        answer.content.decode() if answer.status_code == 200 else answer.status_code
        for answer in answers
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
