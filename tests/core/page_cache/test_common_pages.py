"""A public page is rendered once for all readers, and holds until something is written."""

import itertools
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
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
from django.views.decorators.clickjacking import xframe_options_exempt

from core.caching import cached
from core.invalidation import broadcast
from core.invalidation.generations import generations
from core.page_cache import common_pages
from core.page_cache.common_pages import commons, public
from core.page_cache.entries import FILL, Fill

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


def refused(ask: Callable[[Any], object]) -> Any:
    """A view that shows what it asks for, and catches what may be caught."""

    def view(request: HttpRequest) -> HttpResponse:
        try:
            return HttpResponse(f"{ask(request)}")
        except Exception:
            return HttpResponse("caught")

    return view


ASKED: dict[str, tuple[Callable[[Any], object], str]] = {
    "user": (lambda r: r.user, "Alice"),
    "user, with a default": (lambda r: getattr(r, "user", None) or "nobody", "Alice"),
    "user, by hasattr": (lambda r: hasattr(r, "user") and r.user, "Alice"),
    "kind of user": (lambda r: isinstance(r.user, str), "True"),
    "session": (lambda r: r.session["name"], "Bob"),
    "session, with a default": (lambda r: r.session.get("name", "x"), "Bob"),
    "set by a middleware": (lambda r: getattr(r, "polls", "x"), "7"),
    "not set by one": (lambda r: getattr(r, "others", "x"), "x"),
    "CSRF token": (lambda r: get_token(r) and "token", "token"),
    "address": (lambda r: r.META["REMOTE_ADDR"], "127.0.0.1"),
    "address, with a default": (lambda r: r.META.get("REMOTE_ADDR", "x"), "127.0.0.1"),
    "presence in META": (lambda r: "HTTP_COOKIE" in r.META, "True"),
    "all of META": (lambda r: [*r.META] and "all", "all"),
    "header": (lambda r: r.headers["user-agent"], "Firefox"),
    "header, with a default": (lambda r: r.headers.get("User-Agent", "x"), "Firefox"),
    "all headers": (lambda r: len([*r.headers]) > 2, "True"),
    "cookie": (lambda r: r.COOKIES.get("theme", "x"), "dark"),
    "signed cookie": (lambda r: r.get_signed_cookie("theme", "x"), "x"),
    "content type": (lambda r: r.content_type == "text/plain", "True"),
    "body": (lambda r: r.body, "b''"),
    "messages": (lambda r: [*messages.get_messages(r)], "[]"),
}


@pytest.mark.parametrize("asked_for", ASKED)
def test_view_that_asks_for_more_than_the_key_holds_answers_each_alone(
    asked_for: str, caplog: pytest.LogCaptureFixture
) -> None:
    ask, text = ASKED[asked_for]
    headers = {"HTTP_USER_AGENT": "Firefox", "HTTP_COOKIE": "theme=dark"}
    request: Any = asked(CONTENT_TYPE="text/plain", **headers)
    request.session, request.polls = {"name": "Bob"}, 7
    request._messages = CookieStorage(request)
    with caplog.at_level("DEBUG", common_pages.__name__):
        assert public()(refused(ask))(request).content.decode() == text
    assert not len(commons)
    [line] = [each.message for each in caplog.records if each.name == common_pages.__name__]
    assert "is not part of the key of a public page" in line and "{% personal %}" in line


def add_message(request: HttpRequest) -> HttpResponse:
    messages.info(request, "hello")
    return HttpResponse("message")


def set_cookie(request: HttpRequest) -> HttpResponse:
    response = HttpResponse("cookie")
    response.set_cookie("a", "b")
    return response


def stream(request: HttpRequest) -> Any:
    return StreamingHttpResponse([b"stream"])


def in_gbk(request: HttpRequest) -> HttpResponse:
    return HttpResponse("中", content_type="text/html; charset=gbk")


@pytest.mark.parametrize(
    ("view", "text"),
    [
        (add_message, b"message"),
        (set_cookie, b"cookie"),
        (stream, b"stream"),
        (in_gbk, "中".encode("gbk")),
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
        told.extend([request.build_absolute_uri("/x"), request.is_secure()])
        told.extend([request.META.get("HTTP_ACCEPT"), request.headers["accept"]])
        told.extend(["HTTP_AUTHORIZATION" in request.META, request.headers.get("Authorization")])
        return HttpResponse(request.get_preferred_type(["application/json", "text/html"]))

    secure = {"wsgi.url_scheme": "https", "HTTP_ACCEPT": "text/html;q=0.9", "HTTP_COOKIE": "a=b"}
    assert view(asked("/p/?q=1", "HEAD", **secure)).content == b"text/html"
    assert told[:4] == ["GET", "/p/", "1", "/p/?q=1"]
    assert told[4:] == ["https://testserver/x", True, "text/html", "text/html", False, None]
    assert len(commons) == 1


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
