"""Flask's signals that Django lacks, and how signals behave here."""

import asyncio

import pytest
from asgiref.sync import async_to_sync
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.template import TemplateDoesNotExist, engines, loader
from django.test import AsyncClient
from django.urls import path

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
    """hear(signal): the list of the keyword arguments that its receivers get."""
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


def test_site_uses_the_signalling_backend(settings):
    assert isinstance(engines["django"], SignallingTemplates)
    assert isinstance(loader.get_template("error.html"), Template)


def test_rendering_sends_signals_before_and_after(client, settings, hear):
    settings.ROOT_URLCONF = "core.urls"
    before, after = hear(signals.before_render_template), hear(signals.template_rendered)
    assert client.get("/about/").status_code == 200
    assert [told["template"].name for told in before + after] == ["about.html"] * 2
    assert before[0]["request"].path == after[0]["request"].path == "/about/"
    assert before[0]["context"] is after[0]["context"]
    assert "registration_open" in before[0]["context"]


def test_included_and_extended_templates_send_no_signal(hear):
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


def test_sender_has_the_template_name():
    heard = []

    def only_ours(**kwargs):
        heard.append(kwargs)

    signals.template_rendered.connect(only_ours, sender=Template)
    try:
        loader.render_to_string("error.html", {"status": 404, "detail": "ink"})
    finally:
        signals.template_rendered.disconnect(only_ours, sender=Template)
    assert len(heard) == 1


def test_message_sends_a_signal(client, own_views, hear):
    told = hear(signals.message_flashed)
    client.get("/flash")
    assert [(each["message"], each["category"], each["level"]) for each in told] == [
        ("saved", "success", messages.SUCCESS),
        ("lost", "error", messages.ERROR),
    ]
    assert {each["request"].path for each in told} == {"/flash"}


def test_end_of_request_sends_a_signal(client, own_views, hear):
    told = hear(signals.request_tearing_down)
    client.get("/flash")
    assert [(each["request"].path, each["exc"]) for each in told] == [("/flash", None)]


def test_failing_teardown_receiver_is_only_logged(client, own_views, caplog):
    def fail(**kwargs):
        raise ValueError("on purpose")

    signals.request_tearing_down.connect(fail)
    try:
        assert client.get("/flash").status_code == 200
    finally:
        signals.request_tearing_down.disconnect(fail)
    assert "on purpose" in caplog.text


def test_async_teardown_receiver_is_awaited(own_views):
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
