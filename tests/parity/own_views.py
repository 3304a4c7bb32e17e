"""Our side of a subject as a site of its own: the test's module is its URLconf."""

import pytest
from django.test import Client


@pytest.fixture(autouse=True)
def own_views(request, settings):
    settings.ROOT_URLCONF = request.module.__name__
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
