"""The page for a request whose session was ended meanwhile."""

import pytest
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.translation import override

from core.sessions.middleware import SessionMiddleware
from tests.page import Page


@pytest.fixture
def send(store, alices):
    """send(fields): a POST whose session ends while its view runs."""

    def view(request):
        request.session["draft"] = 1
        alices().flush()

    def send(path="/", **fields):
        request = RequestFactory().post(path, fields, headers={"accept": "text/html"})
        request.COOKIES["sessionid"] = alices().session_key
        middleware = SessionMiddleware(view)
        request.session = store(alices().session_key)
        view(request)
        end = convert_exception_to_response(
            lambda request: middleware.process_response(request, HttpResponse())
        )
        return end(request)

    return send


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Your session has ended"), ("zh-hans", "您的会话已结束")]
)
def test_page_explains_the_ended_session(send, language, words):
    with override(language):
        answer = send()
    page = Page(answer.content.decode())
    assert answer.status_code == 400
    assert words in page.text
    assert "/login" in page.links


@pytest.mark.parametrize(
    ("path", "field"), [("/articles/new/", "body"), ("/account/profile/", "bio")]
)
def test_posted_text_is_given_back(send, path, field):
    page = Page(send(path, **{field: "Two hours' <work>"}).content.decode())
    assert page.texts[f"id_{field}"].strip() == "Two hours' <work>"


def test_page_without_post_gives_nothing_back(send):
    assert "data-keep-changes" not in send("/articles/new/", title="").content.decode()
