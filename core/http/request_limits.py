"""Refuses headers, addresses and bodies that are too long (Flask: MAX_CONTENT_LENGTH).

    @takes_body(6 * MEGABYTE)     on a view; without it a page accepts FORM_BODY bytes

Guarantees: none that is over its limit is parsed, by Django or by the site, and each refusal is a
page, or problem+json, that names the limit. A ModelAdmin has the attribute `body_limit` instead of
the decorator.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import Resolver404, resolve
from django.utils import translation
from django.utils.translation import gettext as _

from core.http import GetResponse
from core.http.charsets import ENCODED, UTF_8, codec_of, parameters_of
from core.http.error_pages import problem

KILOBYTE = 1024
MEGABYTE = 1024 * KILOBYTE
FORM_BODY = 256 * KILOBYTE
MOST_DISCARDED = 16 * MEGABYTE  # of a refused body; the connection of a longer one is closed
LONGEST = 8190  # characters of a header, and of an address, as nginx, Apache and gunicorn have it
BODILESS = ("GET", "HEAD", "OPTIONS", "TRACE")

View = TypeVar("View", bound=Callable[..., Any])


class Refusal(NamedTuple):
    status: int
    detail: str


def takes_body(limit: int) -> Callable[[View], View]:
    """Decorates a view whose requests may have a body of up to `limit` bytes."""

    def decorate(view: View) -> View:
        view.body_limit = limit  # type: ignore[attr-defined]  # functools.wraps() copies it
        return view

    return decorate


def request_limits(get_response: GetResponse) -> GetResponse:
    def middleware(request: HttpRequest) -> HttpResponse:
        is_short = shorten_headers(request)
        # A refusal is written before LocaleMiddleware has chosen the language.
        with translation.override(translation.get_language_from_request(request)):
            refusal = None if is_short else too_long_header()
            refusal = refusal or broken_address(request) or broken_body(request)
            if refusal is not None:
                request.POST = QueryDict()  # the page must not read it
                return problem(request, refusal.status, refusal.detail)
        return get_response(request)

    return middleware


def shorten_headers(request: HttpRequest) -> bool:
    """Whether each header is short enough; one that is too long is emptied, so it is not parsed.

    An Accept that cannot be parsed counts as absent, so any type is accepted (RFC 9110).
    """
    meta = request.META
    long = [name for name, value in meta.items() if is_header(name) and len(value) > LONGEST]
    meta.update(dict.fromkeys(long, ""))
    if ENCODED.search(meta.get("HTTP_ACCEPT", "")):
        meta["HTTP_ACCEPT"] = "*/*"
    request.__dict__.pop("headers", None)  # which may have been read before
    return not long


def is_header(name: str) -> bool:
    return name.startswith("HTTP_") or name == "CONTENT_TYPE"


def too_long_header() -> Refusal:
    detail = _("A header of the request has more than %(max)d characters.")
    return Refusal(431, detail % {"max": LONGEST})


def broken_address(request: HttpRequest) -> Refusal | None:
    query, most = request.META.get("QUERY_STRING", ""), settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    if len(request.path_info) + len(query) > LONGEST:
        detail = _("The address has more than %(max)d characters.")
        return Refusal(414, detail % {"max": LONGEST})
    if most is not None and query.count("&") >= most:
        detail = _("The address has more than %(max)d parameters.")
        return Refusal(400, detail % {"max": most})
    return None


def broken_body(request: HttpRequest) -> Refusal | None:
    return broken_charset(request) or (
        too_long_body(request) if request.method not in BODILESS else None
    )


def broken_charset(request: HttpRequest) -> Refusal | None:
    """A query is always UTF-8 by the URL standard; a form must be."""
    charset = parameters_of(request.META.get("CONTENT_TYPE", ""))[1].get("charset", "")
    codec = codec_of(charset) if charset else "utf_8"
    if codec in UTF_8 or (codec and request.method in BODILESS):
        return None
    return Refusal(400, _("This site reads UTF-8 only; the request claims another character set."))


def too_long_body(request: HttpRequest) -> Refusal | None:
    if request.META.get("HTTP_TRANSFER_ENCODING"):  # Django would read an empty form
        return Refusal(411, _("The request must say how long its content is (Content-Length)."))
    length = content_length(request)
    if length <= FORM_BODY or length <= limit_of(request):
        return None
    discard_body(request, length)
    detail = _("What you have sent has more than %(max)s kB, which is all this page takes.")
    return Refusal(413, detail % {"max": limit_of(request) // KILOBYTE})


def discard_body(request: HttpRequest, length: int) -> None:
    """Reads a body that may have been pasted: a browser shows no page if it cannot send it all."""
    if length <= MOST_DISCARDED:
        while request.read(64 * KILOBYTE):
            pass


def content_length(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0


def limit_of(request: HttpRequest) -> int:
    """The number of bytes that the view at this address accepts."""
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return FORM_BODY
    owner = getattr(view, "model_admin", view)  # a page of the admin belongs to one
    return int(getattr(owner, "body_limit", FORM_BODY))
