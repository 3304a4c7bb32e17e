"""Values that belong to one request (Flask: g, under the same name and with the same methods).

    from core.g import g

A value is visible to its request alone, in whatever thread or task that runs, until its response
is closed; the next request begins with an empty g, also after an exception. Outside a request each
use raises a RuntimeError that says what to do; commands and tests use `with context():`.
"""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from inspect import iscoroutinefunction
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.signals import got_request_exception
from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils.decorators import sync_and_async_middleware

from core.library_patches import surround_close
from core.signals import request_tearing_down

MIDDLEWARE = "core.g.request_globals"
OUTSIDE = (
    "g can be used only while a request is handled; not in a thread that was started without the "
    "request's context, and not after the response is closed. In a command or a test, use it "
    "within `with core.g.context():`."
)
MISSING: Any = object()


class RequestValues:
    """The values of one request. `exception` is the one that ended its view."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        self.request, self.is_closed = request, False
        self.values: dict[str, Any] = {}
        self.exception: BaseException | None = None

    @contextmanager
    def active(self) -> Iterator[None]:
        """Makes g show these values within the block, in the thread or task that runs it."""
        before = _current.get()
        _current.set(self)
        try:
            yield
        finally:
            _current.set(before)

    def close(self) -> None:
        """Send request_tearing_down, whose receivers can still use g; then drop the values."""
        request, self.request = self.request, None
        try:
            if request is not None:
                with self.active():
                    request_tearing_down.send_robust(
                        type(request), request=request, exc=self.exception
                    )
        finally:
            self.is_closed = True
            self.values.clear()
            self.exception = None


_current: ContextVar[RequestValues | None] = ContextVar("core.g", default=None)


def current() -> RequestValues | None:
    """The values of the request that is being handled here."""
    found = _current.get()
    return None if found is None or found.is_closed else found


def current_request() -> HttpRequest | None:
    """The request that is being handled here, for receivers of signals that do not carry it."""
    found = current()
    return found.request if found else None


def _values() -> dict[str, Any]:
    found = current()
    if found is None:
        raise RuntimeError(OUTSIDE)
    return found.values


class G:
    """Flask's g. False outside a request; a name that is not set raises AttributeError."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        found = current()
        if name.startswith("__") and (found is None or name not in found.values):
            raise AttributeError(name)  # Python looks up special names anywhere; no RuntimeError
        try:
            return _values()[name]
        except KeyError:
            raise AttributeError(f"g has no {name!r} in this request.") from None

    def __setattr__(self, name: str, value: Any) -> None:
        if name in RESERVED:
            raise AttributeError(f"g.{name} is an attribute of g itself; use another name.")
        _values()[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del _values()[name]
        except KeyError:
            raise AttributeError(f"g has no {name!r} in this request.") from None

    def get(self, name: str, default: Any = None) -> Any:
        return _values().get(name, default)

    def pop(self, name: str, default: Any = MISSING) -> Any:
        """Remove and return a value; KeyError if it is not set and no default is given."""
        return _values().pop(name) if default is MISSING else _values().pop(name, default)

    def setdefault(self, name: str, default: Any = None) -> Any:
        """The value, set to `default` if there was none; raises where `g.name = …` does."""
        if name not in self:
            setattr(self, name, default)
        return _values()[name]

    def __contains__(self, name: str) -> bool:
        return name in _values()

    def __iter__(self) -> Iterator[str]:
        return iter(list(_values()))

    def __bool__(self) -> bool:
        return current() is not None

    def __repr__(self) -> str:
        return f"<g: {', '.join(self) or 'empty'}>" if self else "<g: no request>"


RESERVED = frozenset(dir(G))
g = G()


@contextmanager
def context() -> Iterator[G]:
    """An empty g until the end of the block, for commands and tests (Flask: app_context())."""
    values = RequestValues()
    try:
        with values.active():
            yield g
    finally:
        values.close()


@sync_and_async_middleware
def request_globals(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Middleware that gives each request its g; it stands outside all code that uses g."""
    if iscoroutinefunction(get_response):

        async def handle_async(request: HttpRequest) -> HttpResponseBase:
            values = RequestValues(request)
            try:
                with values.active():
                    return until_closed(await get_response(request), values)
            except BaseException:  # there is no response whose close() would end them
                await sync_to_async(values.close)()
                raise

        return handle_async

    def handle(request: HttpRequest) -> HttpResponseBase:
        values = RequestValues(request)
        try:
            with values.active():
                return until_closed(get_response(request), values)
        except BaseException:
            values.close()
            raise

    return handle


def until_closed(response: Any, values: RequestValues) -> HttpResponseBase:
    """The response, with the values active while it streams, and closed with it."""
    if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
        stream: Any = streamed_async if response.is_async else streamed
        response.streaming_content = stream(response.streaming_content, values)
    closing = values.active()  # for the `finally` blocks of generators that close() ends
    surround_close(
        response, closing.__enter__, values.close, partial(closing.__exit__, None, None, None)
    )
    return cast(HttpResponseBase, response)


def streamed(parts: Iterator[bytes], values: RequestValues) -> Iterator[bytes]:
    while True:
        with values.active():
            part = next(parts, None)
        if part is None:
            return
        yield part


async def streamed_async(
    parts: AsyncIterator[bytes], values: RequestValues
) -> AsyncIterator[bytes]:
    while True:
        with values.active():
            part = await anext(parts, None)
        if part is None:
            return
        yield part


def note_exception(request: HttpRequest | None = None, **kwargs: Any) -> None:
    """Receiver of got_request_exception: keeps the exception for request_tearing_down."""
    found = current()
    if found is not None and found.request is request:
        found.exception = sys.exc_info()[1]


got_request_exception.connect(note_exception, dispatch_uid="core.g.note_exception")


@register()
def g_has_its_middleware(**kwargs: Any) -> list[CheckMessage]:
    """core.E020: without its middleware, g cannot be used in a request."""
    if MIDDLEWARE in settings.MIDDLEWARE:
        return []
    hint = f"Put {MIDDLEWARE!r} at the head of MIDDLEWARE."
    return [
        Error("g is available only after its middleware, which is missing.", hint, id="core.E020")
    ]
