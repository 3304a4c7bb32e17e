"""Flask's signals that Django lacks, and how signals behave here."""

import asyncio
import gc

import pytest
from asgiref.sync import async_to_sync
from django.contrib import messages
from django.db import transaction
from django.dispatch import Signal
from django.http import HttpResponse
from django.shortcuts import render
from django.template import TemplateDoesNotExist, engines, loader
from django.test import AsyncClient
from django.urls import path
from django.utils.inspect import _get_func_parameters

from core import signals
from core.backends.template_backend import SignallingTemplates, Template


def page(request):
    return render(request, "error.html", {"status": 200, "detail": "ink"})


def flash(request):
    messages.debug(request, "below the level that is kept")
    messages.success(request, "")
    messages.success(request, "saved")
    messages.add_message(request, messages.ERROR, "lost", extra_tags="loud")
    return HttpResponse("")


urlpatterns = [path("page", page), path("flash", flash)]


@pytest.fixture
def hear():
    """hear(signal) gives the list of what its receivers are told."""
    connected = []

    def connect(signal):
        told = []

        def receiver(**kwargs):
            told.append(kwargs)

        signal.connect(receiver)
        connected.append((signal, receiver))
        return told

    yield connect
    for signal, receiver in connected:
        signal.disconnect(receiver)


@pytest.fixture
def own_views(settings):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = [
        "core.g.request_globals",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ]


def test_the_site_uses_the_backend_that_tells(settings):
    assert isinstance(engines["django"], SignallingTemplates)
    assert isinstance(loader.get_template("error.html"), Template)


def test_a_rendered_template_is_told_before_and_after(client, settings, hear):
    settings.ROOT_URLCONF = "core.urls"
    before, after = hear(signals.before_render_template), hear(signals.template_rendered)
    assert client.get("/about/").status_code == 200
    assert [told["template"].name for told in before + after] == ["about.html"] * 2
    assert before[0]["request"].path == after[0]["request"].path == "/about/"
    assert before[0]["context"] is after[0]["context"]
    assert "registration_open" in before[0]["context"]


def test_what_is_included_or_extended_is_not_told(hear):
    told = hear(signals.template_rendered)
    loader.render_to_string("error.html", {"status": 404, "detail": "ink"})
    assert [each["template"].name for each in told] == ["error.html"]


def test_a_receiver_may_change_the_context():
    def add(context, **kwargs):
        context["detail"] = "changed on the way"

    signals.before_render_template.connect(add)
    try:
        html = loader.render_to_string("error.html", {"status": 404, "detail": "ink"})
    finally:
        signals.before_render_template.disconnect(add)
    assert "changed on the way" in html


def test_a_template_made_of_a_string_has_no_name(hear):
    told = hear(signals.template_rendered)
    assert engines["django"].from_string("{{ ink }}").render({"ink": "blue"}) == "blue"
    assert engines["django"].from_string("ink").render() == "ink"
    assert [each["template"].name for each in told] == [None, None]
    assert told[1]["context"] == {}


def test_a_missing_template_is_djangos_error():
    with pytest.raises(TemplateDoesNotExist, match=r"no\.html") as caught:
        loader.get_template("no.html")
    assert caught.value.chain[0].backend is engines["django"]
    template = engines["django"].from_string('{% include "no.html" %}')
    with pytest.raises(TemplateDoesNotExist):
        template.render()


def test_the_name_of_the_sender_can_be_asked_for():
    heard = []

    def only_ours(**kwargs):
        heard.append(kwargs)

    signals.template_rendered.connect(only_ours, sender=Template)
    try:
        loader.render_to_string("error.html", {"status": 404, "detail": "ink"})
    finally:
        signals.template_rendered.disconnect(only_ours, sender=Template)
    assert len(heard) == 1


def test_a_message_is_told_as_it_is_flashed(client, own_views, hear):
    told = hear(signals.message_flashed)
    client.get("/flash")
    assert [(each["message"], each["category"], each["level"]) for each in told] == [
        ("saved", "success", messages.SUCCESS),
        ("lost", "error", messages.ERROR),
    ]
    assert {each["request"].path for each in told} == {"/flash"}


def test_the_end_of_a_request_is_told(client, own_views, hear):
    told = hear(signals.request_tearing_down)
    client.get("/flash")
    assert [(each["request"].path, each["exc"]) for each in told] == [("/flash", None)]


def test_a_failing_receiver_of_the_end_disturbs_nobody(client, own_views, caplog):
    def fail(**kwargs):
        raise ValueError("on purpose")

    signals.request_tearing_down.connect(fail)
    try:
        assert client.get("/flash").status_code == 200
    finally:
        signals.request_tearing_down.disconnect(fail)
    assert "on purpose" in caplog.text


def test_an_async_receiver_of_the_end_is_awaited(own_views):
    heard = []

    async def later(exc, **kwargs):
        await asyncio.sleep(0)
        heard.append(exc)

    signals.request_tearing_down.connect(later)
    try:
        async_to_sync(AsyncClient().get)("/flash")
    finally:
        signals.request_tearing_down.disconnect(later)
    assert heard == [None]


# What the guide says of signals in general


def test_a_receiver_runs_in_the_senders_call():
    signal, order = Signal(), []

    def receiver(**kwargs):
        order.append("received")

    signal.connect(receiver)
    signal.send(None)
    order.append("sent")
    assert order == ["received", "sent"]


def test_receivers_are_held_weakly_and_called_once():
    signal = Signal()

    def connect():
        def receiver(**kwargs):
            return "heard"

        signal.connect(receiver)
        signal.connect(receiver)
        return receiver

    kept = connect()
    assert [answer for _, answer in signal.send(None)] == ["heard"]
    del kept
    gc.collect()
    assert signal.send(None) == []


def test_with_debug_on_a_nested_receiver_is_kept(settings):
    """So what is gone on the server still hears on one's desk."""
    settings.DEBUG, signal = True, Signal()

    def connect():
        def receiver(**kwargs):
            return "heard"

        signal.connect(receiver)

    connect()
    gc.collect()
    assert [answer for _, answer in signal.send(None)] == ["heard"]
    _get_func_parameters.cache_clear()
    assert signal.send(None) == []


def test_send_lets_an_exception_through_and_send_robust_returns_it():
    signal = Signal()

    def fail(**kwargs):
        raise ValueError("on purpose")

    signal.connect(fail)
    with pytest.raises(ValueError, match="on purpose"):
        signal.send(None)
    ((_, answer),) = signal.send_robust(None)
    assert isinstance(answer, ValueError)


def test_the_notes_receiver_fails_because_the_sender_is_no_positional_argument():
    signal = Signal()

    def func(*args, **kwargs):
        print(args[0])

    signal.connect(func)
    with pytest.raises(IndexError):
        signal.send("app")


@pytest.mark.django_db(transaction=True)
def test_an_effect_waits_for_the_commit():
    signal, done = Signal(), []

    def receiver(**kwargs):
        transaction.on_commit(lambda: done.append(kwargs["pk"]))

    signal.connect(receiver)
    with transaction.atomic():
        signal.send(None, pk=7)
        assert done == []
    assert done == [7]
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        signal.send(None, pk=1 / 0)
    assert done == [7]
