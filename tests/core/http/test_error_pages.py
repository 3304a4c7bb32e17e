import json

import pytest
from django.db import DataError, OperationalError
from django.test import Client, RequestFactory
from django.utils import translation
from redis.exceptions import ConnectionError as RedisConnectionError

from core.http import error_pages

PAGES = {
    400: error_pages.bad_request,
    403: error_pages.permission_denied,
    404: error_pages.page_not_found,
    500: error_pages.server_error,
}


@pytest.mark.parametrize(("status", "view"), PAGES.items())
def test_a_browser_gets_a_page_without_database_or_session(status, view):
    answer = view(RequestFactory().get("/x", HTTP_ACCEPT="text/html"))
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("text/html")
    assert answer["Vary"] == "Accept"


@pytest.mark.parametrize(("status", "view"), PAGES.items())
def test_a_program_gets_problem_json(status, view):
    answer = view(RequestFactory().get("/x", HTTP_ACCEPT="application/json"))
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")


@pytest.mark.parametrize("error", [OperationalError(2002, "away"), RedisConnectionError()])
def test_a_database_or_redis_that_is_away_is_503(client, monkeypatch, error):
    def view(*args, **kwargs):
        raise error

    client.raise_request_exception = False
    monkeypatch.setattr("articles.queries.newest", view)
    answer = client.get("/article")
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0


@pytest.mark.parametrize("number", [1366, 1054, 1153, 1292, 1406, 60_000])
@pytest.mark.parametrize("kind", [OperationalError, DataError])
def test_an_error_that_waiting_does_not_mend_is_500(client, monkeypatch, number, kind):
    def view(*args, **kwargs):
        raise kind(number, "words of the server")

    client.raise_request_exception = False
    monkeypatch.setattr("articles.queries.newest", view)
    answer = client.get("/article", HTTP_ACCEPT="text/html")
    assert answer.status_code == 500
    assert "Retry-After" not in answer
    assert "The database refused this request" in answer.content.decode()
    assert "words of the server" not in answer.content.decode()


def test_another_error_is_500(client, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("articles.queries.newest", lambda count: 1 / 0)
    assert client.get("/article").status_code == 500


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_missing_page_speaks_the_readers_language(client, language):
    answer = client.get("/nothing/here/", HTTP_ACCEPT_LANGUAGE=language)
    assert answer.status_code == 404
    assert f'lang="{language}"'.lower() in answer.content.decode().lower()


def test_a_form_without_its_token_is_explained():
    answer = Client(enforce_csrf_checks=True).post("/login", {"name": "alice_writes"})
    assert answer.status_code == 403
    assert "cookies" in answer.content.decode()


def test_a_wrong_method_is_a_page(client):
    answer = client.get("/logout")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert b"<h1>" in answer.content


def test_a_wrong_method_is_logged_once(client, caplog):
    client.get("/logout")
    assert [record.getMessage() for record in caplog.records] == [
        "Method Not Allowed (GET): /logout"
    ]


def test_unavailable_page_says_so():
    page = error_pages.unavailable(
        RequestFactory().get("/x", HTTP_ACCEPT="text/html")
    ).content.decode()
    assert "Temporarily unavailable" in page
    assert "The site is temporarily unavailable. Please try again in a moment." in page


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_read_only_database_and_sessions_that_cannot_be_stored_have_a_text_each(language):
    """While Redis is full an article is saved; while the database is read-only none is."""
    request = RequestFactory().get("/x", HTTP_ACCEPT="application/json")
    with translation.override(language):
        pages = [error_pages.read_only(request), error_pages.sessions_read_only(request)]
    texts = [json.loads(page.content)["detail"] for page in pages]
    said = {"en": "Signing in and saving are not", "zh-hans": "目前无法登录或保存"}[language]
    assert [said in text for text in texts] == [True, False]
    assert {"en": "look whether it was saved", "zh-hans": "是否已经保存"}[language] in texts[1]


def test_page_of_a_wrong_method_names_the_method(client):
    page = client.get("/logout").content.decode()
    assert "Method not allowed" in page
    assert "This page does not accept this request method." in page
