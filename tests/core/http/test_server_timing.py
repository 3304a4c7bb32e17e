"""Server-Timing: in development only."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.http import HttpResponse
from django.urls import path

from core.g import context, g
from core.http.server_timing import timed, timed_query


def view(request):
    get_user_model().objects.count()
    with timed("ink"):
        get_user_model().objects.count()
    return HttpResponse("")


def broken(request):
    raise ValueError


urlpatterns = [path("view", view), path("broken", broken)]


@pytest.fixture
def own_views(settings):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = ["core.g.request_globals", "core.http.server_timing.timings"]


@pytest.mark.django_db
def test_in_development_each_answer_says_how_long_it_took(client, settings, own_views):
    settings.DEBUG = True
    before = list(connection.execute_wrappers)
    said = client.get("/view")["Server-Timing"].split(", ")
    found = {name: float(took) for name, took in re.findall(r"(\w+);dur=([\d.]+)", str(said))}
    assert set(found) == {"db", "ink", "total"}
    assert found["total"] >= max(found["db"], found["ink"])
    assert 'desc="db x 2"' in str(said)
    assert connection.execute_wrappers == before


@pytest.mark.django_db
def test_a_crash_leaves_no_watcher_behind(client, settings, own_views):
    settings.DEBUG = True
    client.raise_request_exception = False
    assert client.get("/broken")["Server-Timing"].startswith("total;dur=")
    assert timed_query not in connection.execute_wrappers


@pytest.mark.django_db
def test_in_production_nothing_is_measured(client, own_views):
    assert "Server-Timing" not in client.get("/view")


def test_without_a_request_a_block_is_a_block():
    with timed("ink"):
        pass
    with context(), timed("ink"):
        assert "timings" not in g
