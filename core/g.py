"""What belongs to one request (Flask: g, under the same name and with the same methods).

    from core.g import g

Promises: what is set on it is seen by this request alone, in whatever thread or task it runs,
until its response is closed; the next request finds it empty, also after an exception. Outside
a request each use is a RuntimeError that says the cure; a command or a test says
`with context():`.
"""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from inspect import iscoroutinefunction
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils.decorators import sync_and_async_middleware

from core.library_patches import surround_close
from core.signals import request_tearing_down

OUTSIDE = (
    "g belongs to one request, and none is answered here; nor is it there in a thread that was "
    "started without the request's context, or once the response is closed. In a command or a "
    "test write `with core.g.context():` around it."
)
MISSING: Any = object()


class Names:
    """What one request has set, and whether it is over."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        self.request, self.is_over = request, False
        self.values: dict[str, Any] = {}
        self.exception: BaseException | None = None

    @contextmanager
    def here(self) -> Iterator[None]:
        """Seen by what runs in the block, in whichever thread or task that is."""
        before = _current.get()
        _current.set(self)
        try:
            yield
        finally:
            _current.set(before)

    def end(self) -> None:
        """Tell those who listen, who still see it; then it is nobody's any more."""
        request, self.request = self.request, None
        try:
            if request is not None:
                with self.here():
                    request_tearing_down.send_robust(
                        type(request), request=request, exc=self.exception
                    )
        finally:
            self.is_over = True
            self.values.clear()
            self.exception = None


_current: ContextVar[Names | None] = ContextVar("core.g", default=None)


def current() -> Names | None:
    """The names of the request that is being answered here."""
    names = _current.get()
    return None if names is None or names.is_over else names


def _values() -> dict[str, Any]:
    names = current()
    if names is None:
        raise RuntimeError(OUTSIDE)
    return names.values


class G:
    """Flask's g. It is false outside a request; a name that is not set is an AttributeError."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        names = current()
        if name.startswith("__") and (names is None or name not in names.values):
            raise AttributeError(name)  # Python's own questions are no use of g
        try:
            return _values()[name]
        except KeyError:
            raise AttributeError(f"g has no {name!r} in this request.") from None

    def __setattr__(self, name: str, value: Any) -> None:
        if name in TAKEN:
            raise AttributeError(f"g.{name} is g's own; take another name.")
        _values()[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del _values()[name]
        except KeyError:
            raise AttributeError(f"g has no {name!r} in this request.") from None

    def get(self, name: str, default: Any = None) -> Any:
        return _values().get(name, default)

    def pop(self, name: str, default: Any = MISSING) -> Any:
        """Take it out; raises KeyError when it is not set and no default is given."""
        return _values().pop(name) if default is MISSING else _values().pop(name, default)

    def setdefault(self, name: str, default: Any = None) -> Any:
        """What it is, or is from now on; raises AttributeError where `g.name = …` does."""
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


TAKEN = frozenset(dir(G))
g = G()


@contextmanager
def context() -> Iterator[G]:
    """An empty g until the end of the block, for commands and tests (Flask: app_context())."""
    names = Names()
    try:
        with names.here():
            yield g
    finally:
        names.end()


@sync_and_async_middleware
def request_globals(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """The middleware that g needs, outside of all that use it."""
    if iscoroutinefunction(get_response):

        async def in_task(request: HttpRequest) -> HttpResponseBase:
            names = Names(request)
            try:
                with names.here():
                    return ending(await get_response(request), names)
            except BaseException:  # so there is no response that could be closed
                await sync_to_async(names.end)()
                raise

        return in_task

    def in_thread(request: HttpRequest) -> HttpResponseBase:
        names = Names(request)
        try:
            with names.here():
                return ending(get_response(request), names)
        except BaseException:
            names.end()
            raise

    return in_thread


def ending(response: Any, names: Names) -> HttpResponseBase:
    """The response, which takes the names with it when it is closed."""
    if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
        stream: Any = streamed_later if response.is_async else streamed
        response.streaming_content = stream(response.streaming_content, names)
    closing = names.here()  # a generator's `finally` sees g too
    surround_close(
        response, closing.__enter__, names.end, partial(closing.__exit__, None, None, None)
    )
    return cast(HttpResponseBase, response)


def streamed(parts: Iterator[bytes], names: Names) -> Iterator[bytes]:
    while True:
        with names.here():
            part = next(parts, None)
        if part is None:
            return
        yield part


async def streamed_later(parts: AsyncIterator[bytes], names: Names) -> AsyncIterator[bytes]:
    while True:
        with names.here():
            part = await anext(parts, None)
        if part is None:
            return
        yield part


def note_exception(request: HttpRequest | None = None, **kwargs: Any) -> None:
    """Receiver of got_request_exception: request_tearing_down will tell what ended the view."""
    names = current()
    if names is not None and names.request is request:
        names.exception = sys.exc_info()[1]
