"""A public page is rendered once for all readers, and holds until something is written."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.template import RequestContext, Template
from django.template.response import TemplateResponse
from django.test import RequestFactory
from django.utils import timezone
from django.utils.translation import override

from core.caching import cached
from core.invalidation import broadcast
from core.invalidation.generations import generations
from core.page_cache import common_pages
from core.page_cache.common_pages import commons, public
from core.page_cache.page_fill import FILL, Fill

pytestmark = pytest.mark.django_db(transaction=True)
Shown = Callable[..., str]


@pytest.fixture(autouse=True)
def kept_in_memory(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.INKPOOL_PAGE_CACHE = True
    monkeypatch.setattr(broadcast, "is_up", lambda: True)  # a server hears the other hosts
    commons.clear()
    yield
    commons.clear()


def asked(path: str = "/", method: str = "GET", user: str = "Alice", **headers: str) -> HttpRequest:
    request = RequestFactory().generic(method, path, HTTP_HOST="testserver", **headers)
    request.user = user  # type: ignore[assignment]
    return request


class Page:
    """A public view that shows the next of these texts each time it is called."""

    def __init__(self, *texts: str, until: Any = lambda: None) -> None:
        self.texts = iter(texts)
        self.view = public(until=until)(lambda request: HttpResponse(next(self.texts)))

    def get(self, *args: str, **kwargs: str) -> str:
        return self.view(asked(*args, **kwargs)).content.decode()


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


@pytest.mark.parametrize(
    "request_",
    [
        lambda: asked(method="POST"),
        lambda: asked(HTTP_AUTHORIZATION="Bearer abc"),
        lambda: asked(CONTENT_TYPE="text/plain; charset=utf-16"),
        lambda: asked(f"/{'x' * 2000}"),
    ],
)
def test_request_that_shares_no_page_is_given_its_own(request_: Callable[[], HttpRequest]) -> None:
    texts = iter("ab")
    view = public(until=lambda: None)(lambda request: HttpResponse(next(texts) + request.user))
    answers = [view(request_()).content for _ in range(2)]
    assert answers == [b"aAlice", b"bAlice"] and not len(commons)


def ask_user(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.user}")


def ask_session(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.session['name']}")


def ask_token(request: HttpRequest) -> HttpResponse:
    return HttpResponse(get_token(request) and "token")


def ask_address(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.META["REMOTE_ADDR"])


def add_message(request: HttpRequest) -> HttpResponse:
    messages.info(request, "hello")
    return HttpResponse("message")


def set_cookie(request: HttpRequest) -> HttpResponse:
    response = HttpResponse("cookie")
    response.set_cookie("a", "b")
    return response


def stream(request: HttpRequest) -> Any:
    return StreamingHttpResponse([b"stream"])


@pytest.mark.parametrize(
    ("view", "text"),
    [
        (ask_user, b"Alice"),
        (ask_session, b"Bob"),
        (ask_token, b"token"),
        (ask_address, b"127.0.0.1"),
        (add_message, b"message"),
        (set_cookie, b"cookie"),
        (stream, b"stream"),
    ],
)
def test_view_that_depends_on_the_reader_answers_each_alone(view: Any, text: bytes) -> None:
    request = asked()
    request.session = {"name": "Bob"}  # type: ignore[assignment]
    request._messages = CookieStorage(request)  # type: ignore[attr-defined]
    response: Any = public(until=lambda: None)(view)(request)
    assert b"".join(response) == text and not len(commons)


def test_view_is_told_what_the_address_says() -> None:
    told: list[Any] = []

    @public(until=lambda: None)
    def view(request: HttpRequest) -> HttpResponse:
        told.extend([request.method, request.path, request.GET["q"], request.get_full_path()])
        told.extend([request.build_absolute_uri("/x"), request.is_secure(), request.COOKIES])
        return HttpResponse(request.get_preferred_type(["application/json", "text/html"]))

    secure = {"wsgi.url_scheme": "https", "HTTP_ACCEPT": "text/html", "HTTP_COOKIE": "a=b"}
    assert view(asked("/p/?q=1", "HEAD", **secure)).content == b"text/html"
    assert told == ["GET", "/p/", "1", "/p/?q=1", "https://testserver/x", True, {}]


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


@pytest.mark.parametrize(
    ("name", "value"),
    [("Cache-Control", "no-store"), ("Cache-Control", "private"), ("Vary", "User-Agent")],
)
def test_page_whose_headers_say_that_it_is_not_for_all_is_made_for_each(
    name: str, value: str
) -> None:
    texts = iter("abcd")

    @public(until=lambda: None)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(next(texts), headers={name: value})

    answers = [view(asked(user=user)).content for user in ("Alice", "Bob")]
    assert answers[0] != answers[1] and not len(commons)


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


def test_view_that_reads_another_header_is_called_for_each_reader() -> None:
    view = public(until=lambda: None)(lambda request: HttpResponse(request.META["REMOTE_ADDR"]))
    addresses = ["192.0.2.1", "192.0.2.2"]
    assert [view(asked(REMOTE_ADDR=each)).content.decode() for each in addresses] == addresses
    assert not len(commons)
