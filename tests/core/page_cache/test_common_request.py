"""The request of a public view holds what its key holds; a view that asks for more is not kept."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.middleware.csrf import get_token

from core.page_cache import common_pages
from core.page_cache.common_pages import commons, public
from tests.core.page_cache.public_views import asked

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("kept_in_memory"),
]


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


def test_view_that_reads_another_header_is_called_for_each_reader() -> None:
    view = public(until=lambda: None)(lambda request: HttpResponse(request.META["REMOTE_ADDR"]))
    addresses = ["192.0.2.1", "192.0.2.2"]
    assert [view(asked(REMOTE_ADDR=each)).content.decode() for each in addresses] == addresses
    assert not len(commons)
