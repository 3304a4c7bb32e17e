"""Middleware, headers and changes of an answer that keep a page from being filled in memory."""

from typing import Any

import pytest
from django.conf import settings as site_settings
from django.contrib import messages
from django.http import HttpResponse

from articles.models import Article
from core.page_cache import reader_pages
from core.page_cache.checks import skipped_middleware
from core.page_cache.common_pages import commons
from tests.core.page_cache.readers.browsers import browser

pytestmark = pytest.mark.django_db(transaction=True)


def unknown(get_response: Any) -> Any:
    return get_response


def test_unknown_middleware_takes_each_request_the_whole_way(
    article: Article, settings: Any, monkeypatch: pytest.MonkeyPatch, answered: list[bool]
) -> None:
    name = f"{__name__}.unknown"
    monkeypatch.setattr(reader_pages, "allowed_middleware", {*reader_pages.allowed_middleware})
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, name]
    for is_allowed in (False, True):
        bob = browser("Bob")
        for _ in range(2):
            bob.get("/")
        assert bool(answered) is is_allowed
        assert [each.id for each in skipped_middleware()] == ([] if is_allowed else ["core.W054"])
        reader_pages.allow(middleware=[name])


def test_check_names_a_middleware_that_pages_in_memory_skip(settings: Any) -> None:
    assert skipped_middleware() == []
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "polls.middleware.count_visits"]
    [found] = skipped_middleware()
    assert "'polls.middleware.count_visits'" in found.msg
    settings.INKPOOL_PAGE_CACHE = False
    assert skipped_middleware() == []


@pytest.mark.parametrize(
    ("header", "value"),
    [("X-Reader", "Bob"), ("Content-Security-Policy", "script-src 'nonce-abc'")],
)
def test_header_that_may_be_of_one_reader_takes_the_whole_way(
    header: str, value: str, article: Article
) -> None:
    page = commons_page(article)
    assert reader_pages.headers_for_readers(page, HttpResponse())
    assert reader_pages.headers_for_readers(page, HttpResponse(headers={header: value})) is None


def commons_page(article: Article) -> Any:
    browser("Charlie").get("/")
    [page] = [each for each in commons._pages.values() if each.match.view_name == "articles:index"]
    return page


@pytest.mark.parametrize("change", ["session", "cookie", "message"])
def test_parts_of_an_answer_that_changes_something_are_not_kept(
    change: str, article: Article, settings: Any, answered: list[bool]
) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.changing"]
    settings.CHANGE = change
    with pytest.MonkeyPatch.context() as patch:
        allowed = {*reader_pages.allowed_middleware, f"{__name__}.changing"}
        patch.setattr(reader_pages, "allowed_middleware", allowed)
        bob = browser("Bob")
        pages = [bob.get("/").content for _ in range(3)]
    assert not any(answered)
    assert all((b"Hello, Bob" in page) is (change == "message") for page in pages)


def changing(get_response: Any) -> Any:
    def middleware(request: Any) -> Any:
        if site_settings.CHANGE == "message":
            messages.info(request, "Hello, Bob")
        response = get_response(request)
        if site_settings.CHANGE == "session":
            request.session["_session_expiry"] = 1000
        if site_settings.CHANGE == "cookie":
            response.set_cookie("theme", "dark")
        return response

    return middleware
