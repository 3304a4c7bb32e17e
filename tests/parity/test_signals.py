"""Flask's signals and blinker's beside Django's and core.signals."""

import sys
import threading

import pytest
from django.contrib import messages
from django.core import signals as django_signals
from django.dispatch import Signal
from django.http import HttpResponse
from django.template import engines
from django.urls import path

from core import signals
from tests.parity.book import differs, same
from tests.parity.own_views import own_views, visit  # noqa: F401  (a fixture)

pytestmark = [pytest.mark.parity, pytest.mark.django_db]
SUBJECT = "site"


def rendering(request):
    messages.success(request, "saved")
    template = engines["django"].from_string("{{ ink }}")
    return HttpResponse(template.render({"ink": "blue"}, request))


def fail(request):
    raise ValueError("fails")


def plain(request):
    return HttpResponse("")


urlpatterns = [path("render", rendering), path("fail", fail), path("g", plain)]


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
    why = "Django sends request_finished when the response is closed, after its last byte."
    ends = ["request_tearing_down", "request_finished"]
    expected = (ends, ends[::-1])
    differs("signals of a page: the end", ours[last], theirs[last], why, expected=expected)


def test_signals_of_a_view_that_fails(flask):
    names = {"got_request_exception", "request_started", "request_tearing_down"}
    ours = [name for name in heard("/fail") if name in names]
    theirs = [name for name in flask("heard", path="/fail") if name in names]
    same("signals of a view that fails", ours, theirs)


PATHS = {
    "request_started": "/g",
    "request_finished": "/g",
    "before_render_template": "/render",
    "template_rendered": "/render",
    "message_flashed": "/render",
    "got_request_exception": "/fail",
    "request_tearing_down": "/g",
}


@pytest.mark.parametrize("name", OURS)
def test_what_a_receiver_is_given(flask, name):
    """The notes' func(*args, **kwargs), which prints args[0]."""
    told = []

    def func(*args, **kwargs):
        told.append((args, kwargs))

    OURS[name].connect(func)
    visit(PATHS[name])
    OURS[name].disconnect(func)
    (args, kwargs), *_ = told
    their_args, their_kwargs = flask("asked_signal", path=PATHS[name], name=name)
    why = (
        "Django passes the sender as a keyword argument. There is no application object "
        "that could be the sender."
    )
    seen = len(args), len(their_args)
    differs(f"{name}: what stands in args", *seen, why, expected=(0, 1))
    shared = set(their_kwargs) - {"exception", "exc", "response"}
    same(f"{name}: template, context, message, category", shared & set(kwargs), shared)


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("template_rendered", ["context"]),
        ("before_render_template", ["context"]),
        ("message_flashed", ["message", "category"]),
    ],
)
def test_what_a_receiver_is_told(flask, name, keys):
    told = []

    def func(sender, **kwargs):
        values = [kwargs[key] for key in keys]
        told.append([each["ink"] if isinstance(each, dict) else each for each in values])

    OURS[name].connect(func)
    visit("/render")
    OURS[name].disconnect(func)
    theirs = flask("values_told", path="/render", name=name, keys=keys)
    same(f"{name}: {', '.join(keys)}", told, theirs)


def test_where_the_exception_is(flask):
    told = []

    def func(sender, **kwargs):
        told.append([repr(kwargs.get("exception", sys.exc_info()[1])), "exception" in kwargs])

    django_signals.got_request_exception.connect(func)
    visit("/fail")
    django_signals.got_request_exception.disconnect(func)
    ((theirs,),) = flask(
        "values_told", path="/fail", name="got_request_exception", keys=["exception"]
    )
    same("got_request_exception: the exception", told[0][0], theirs)
    why = "Django passes the request. A receiver finds the exception in sys.exc_info()[1]."
    differs("got_request_exception: by keyword", told[0][1], True, why, expected=(False, True))


@pytest.mark.parametrize("case", [["fails"], ["sender"], ["twice"], ["disconnected"]])
def test_receivers(flask, case):
    told, signal = [], Signal()

    def first(sender, **kwargs):
        told.append("first")
        if "fails" in case:
            raise ValueError("fails")

    signal.connect(first, sender="alice" if "sender" in case else None)
    if "twice" in case:
        signal.connect(first)
    if "disconnected" in case:
        signal.disconnect(first)
    try:
        signal.send("bob")
    except ValueError:
        told.append("raised")
    same(f"a receiver: {case[0]}", told, flask("receivers", orders=case))


def test_a_receiver_runs_in_the_senders_call(flask):
    told, signal = [], Signal()

    def func(sender, **kwargs):
        told.append(threading.get_ident())

    signal.connect(func)
    signal.send("app")
    same(
        "a receiver runs where send() is", [told == [threading.get_ident()]], flask("where_it_runs")
    )


def test_the_order_of_receivers():
    """As they were connected; blinker keeps them in a set and promises none."""
    told, signal = [], Signal()
    receivers = [lambda number=number, **kwargs: told.append(number) for number in range(20)]
    for each in receivers:
        signal.connect(each)
    signal.send("app")
    assert told == list(range(20))


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
    why = (
        "Django passes the sender as a keyword argument, so args[0] in the notes is "
        "kwargs['sender'] here."
    )
    args = told[0][0], theirs["told"][0][0]
    differs("a custom signal: args", *args, why, expected=([], [1]))
    assert told[1] == 1
