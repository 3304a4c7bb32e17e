"""A public page is rendered once for all readers, and holds until something is written."""

import itertools
import threading
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template import RequestContext, Template
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import override
from django.views.decorators.clickjacking import xframe_options_exempt

from core.caching import cached
from core.invalidation.generations import generations
from core.page_cache import common_pages
from core.page_cache.common_pages import commons, public
from core.page_cache.entries import FILL, Fill
from tests.core.page_cache.public_views import Page, asked

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("kept_in_memory"),
]


def test_page_is_rendered_once_until_something_is_written() -> None:
    page = Page("a", "b")
    assert [page.get(), page.get(user="Bob"), page.get(method="HEAD")] == ["a"] * 3
    generations().bump(1)
    assert page.get() == "b"


def test_page_is_rendered_for_each_language_address_and_type() -> None:
    page = Page(*"abcdef")
    with override("zh-hans"):
        assert page.get() == "a"
    others = [page.get(), page.get("/?x=1"), page.get(HTTP_ACCEPT="text/html")]
    assert [*others, page.get(**{"wsgi.url_scheme": "https"})] == ["b", "c", "d", "e"]
    with override("zh-hans"):
        assert page.get() == "a"


def test_page_that_does_not_ask_whether_the_reader_is_signed_in_is_rendered_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(common_pages, "views_for_signed_in", set())

    @public()
    def view(request: HttpRequest) -> HttpResponse:
        source = "{{ signed_in }}" if "asks" in request.GET else "all"
        return HttpResponse(f"{next(numbers)} {Template(source).render(RequestContext(request))}")

    numbers = itertools.count()

    def get(path: str, is_authenticated: bool) -> str:
        request = asked(path)
        request.user = SimpleNamespace(is_authenticated=is_authenticated)  # type: ignore[assignment]
        return view(request).content.decode()

    assert [get("/?asks", each) for each in (True, False, True)] == ["0 True", "1 False", "0 True"]
    assert [get("/", each) for each in (True, False, True)] == ["2 all"] * 3


def test_write_while_the_page_is_rendered_is_not_hidden() -> None:
    @public(until=lambda: None)
    def view(request: HttpRequest) -> HttpResponse:
        generations().bump(1)
        return HttpResponse(str(next(numbers)))

    numbers = iter(range(9))
    assert [view(asked()).content for _ in range(2)] == [b"0", b"1"]


def test_page_ends_when_its_view_says() -> None:
    page = Page("before", "after", until=lambda: timezone.now() - timedelta(milliseconds=1))
    assert [page.get(), page.get()] == ["before", "after"]


def test_nothing_is_kept_or_taken_within_a_transaction() -> None:
    page = Page("outside", "within", "not shown")
    page.get()
    with transaction.atomic():
        assert page.get() == "within"
    assert page.get() == "outside"


def test_template_response_is_rendered_before_it_is_kept() -> None:
    view = public(until=lambda: None)(lambda request: TemplateResponse(request, "robots.txt"))
    first, second = view(asked()), view(asked())
    assert first.content == second.content != b"" and len(commons) == 1


def test_answer_other_than_200_is_the_views_own_and_not_kept() -> None:
    view = public(until=lambda: None)(lambda request: redirect("/elsewhere/"))
    response: Any = view(asked())
    assert (response.status_code, response.url, len(commons)) == (302, "/elsewhere/", 0)


def test_headers_of_the_view_are_kept() -> None:
    @public(until=lambda: None)
    def view(request: HttpRequest) -> HttpResponse:
        kept = {"Last-Modified": "today", "Cache-Status": "x"}
        return HttpResponse("{}", "application/json", headers=kept)

    for _ in range(2):
        expected = {"Content-Type": "application/json", "Last-Modified": "today"}
        assert dict(view(asked()).items()) == expected


def test_attributes_that_a_view_sets_for_the_middleware_are_kept() -> None:
    @public()
    @xframe_options_exempt
    def view(request: HttpRequest) -> HttpResponse:
        response = TemplateResponse(request, "robots.txt")
        response._csp_replace = {"img-src": "*"}  # type: ignore[attr-defined]
        return response

    for _ in range(2):
        response: Any = view(asked())
        assert response.xframe_options_exempt and response._csp_replace == {"img-src": "*"}
        assert not hasattr(response, "context_data")


def test_page_without_until_holds_until_something_is_written() -> None:
    texts = iter("ab")
    view = public()(lambda request: HttpResponse(next(texts)))
    assert [view(asked()).content for _ in range(2)] == [b"a", b"a"]
    generations().bump(1)
    assert view(asked()).content == b"b"


def test_kept_pages_are_counted() -> None:
    counters = common_pages.numbers
    before = {name: counters.get(name) for name in ("hits", "misses", "outdated")}
    page = Page("a", "b")
    page.get(), page.get()
    generations().bump(1)
    page.get()
    counted = {name: counters.get(name) - before[name] for name in before}
    assert counted == {"hits": 1, "misses": 2, "outdated": 1}


def test_memory_is_bounded_also_for_many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commons, "limit", 100_000)
    page = Page(*["x" * 1000] * 300)

    def fill(start: int) -> None:
        for number in range(start, start + 100):
            page.get(f"/{number}/")

    threads = [threading.Thread(target=fill, args=(1000 * each,)) for each in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert 0 < commons.size <= 100_000 and len(commons) < 40


def test_part_of_a_page_for_all_visitors_shows_nothing_of_the_first_of_them() -> None:
    part = "{% load personal %}{% personal %}{{ request.META.REMOTE_ADDR }}{{ user }}"
    template = Template(part + "{{ request.COOKIES.cart }}{% endpersonal %}")

    @public(until=lambda: None)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(template.render(RequestContext(request)))

    fill = Fill(b"", "en")
    request = asked(REMOTE_ADDR="192.0.2.7", HTTP_COOKIE="cart=42", **{FILL: fill})
    assert view(request).content == b"AnonymousUser" and fill.until is not None
    assert view(asked(REMOTE_ADDR="192.0.2.7")).content == b"192.0.2.7Alice"


def test_page_that_shows_a_token_is_tried_once_for_all_visitors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    template = Template("{% load personal %}{% personal %}{% csrf_token %}{% endpersonal %}")
    stock, tried = common_pages.VisitorRequest, []

    def noted(*args: Any) -> Any:
        tried.append(args)
        return stock(*args)

    @public(until=lambda: None)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(template.render(RequestContext(request)))

    monkeypatch.setattr(common_pages, "VisitorRequest", noted)
    for _ in range(3):
        assert b"csrfmiddlewaretoken" in view(asked(**{FILL: Fill(b"", "en")})).content
    assert len(tried) == 1


def test_cached_view_within_a_public_page_keeps_no_gaps() -> None:
    template = Template("{% load personal %}{% personal %}{{ user }}{% endpersonal %}")

    @public(until=lambda: None)
    @cached(timeout=60)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(template.render(RequestContext(request)))

    for user in ("Alice", "Bob"):
        commons.clear()
        assert view(asked(user=user)).content == user.encode()


def test_error_of_a_view_is_raised_once() -> None:
    calls = []

    @public(until=lambda: None)
    def view(request: HttpRequest) -> HttpResponse:
        calls.append(request)
        raise KeyError("title")

    with pytest.raises(KeyError, match="title"):
        view(asked())
    assert len(calls) == 1
