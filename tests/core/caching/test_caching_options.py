"""An option that cannot be meant is refused where it is written, by its name."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from core.caching import cached, delete_cached, memoize

ODD: list[Any] = ["x", b"x", object(), {}, [1]]
BOTH: dict[str, tuple[list[Any], str]] = {
    "timeout": ([*ODD, True], "seconds"),
    "stale": ([*ODD, None, True], "seconds or a timedelta"),
    "patience": ([*ODD, None, True], "seconds or a timedelta"),
    "unless": ([*ODD, True], "a callable or None"),
    "forced_update": ([*ODD, True], "a callable or None"),
    "is_stale": ([*ODD, True], "a callable or None"),
    "response_filter": ([*ODD, True], "a callable or None"),
    "cache_none": ([*ODD, None, 1], "True or False"),
    "source_check": ([*ODD, None, 1], "True or False"),
}
CACHED = BOTH | {
    "key_prefix": ([5, None, b"x", ["x"]], "a text or a callable"),
    "query_string": ([*ODD, None, 1], "True or False"),
    "make_cache_key": ([*ODD, True], "a callable or None"),
    "accepts": (
        [*ODD, None, 5, "text/html", ["html"], {"text/html"}],
        r"a list of types, such as \['text/html', 'text/csv'\]",
    ),
}
MEMOIZE = BOTH | {
    "make_name": ([*ODD, True], "a callable or None"),
    "args_to_ignore": (["a", b"a", 5, None, [1]], "a list of names"),
}
WRONG = [
    (decorate, name, values, allowed)
    for decorate, options in ((cached, CACHED), (memoize, MEMOIZE))
    for name, (values, allowed) in options.items()
]


@pytest.mark.parametrize(("decorate", "name", "values", "allowed"), WRONG)
def test_option_of_a_wrong_type_is_named(
    decorate: Any, name: str, values: Any, allowed: str
) -> None:
    for value in values:
        with pytest.raises(TypeError, match=rf"^{name}=.* must be {allowed}"):
            decorate(**{name: value})


@pytest.mark.parametrize("name", ["timeout", "stale", "patience"])
@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), timedelta(seconds=-1)])
def test_impossible_time_is_named(name: str, value: Any) -> None:
    for decorate in (cached, memoize):
        with pytest.raises(ValueError, match=rf"^{name}=.* must be 0"):
            decorate(**{name: value})


def test_make_name_must_return_a_text() -> None:
    with pytest.raises(TypeError, match=r"^make_name\(\)=7 must be a text"):
        memoize(make_name=lambda name: 7)(len)  # type: ignore[arg-type,return-value]


def test_stale_and_patience_are_timedeltas_too() -> None:
    cached = memoize(stale=timedelta(), patience=timedelta(seconds=2))(lambda: 1).caching  # type: ignore[attr-defined]
    assert (cached.stale, cached.patience) == (0.0, 2.0)


@cached()
def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("page")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({"path": 5}, "path=5 must be a text"),
        ({"path": b"/"}, "path=b'/' must be a text"),
        ({"key": 5}, "key=5 must be a text"),
        ({"path": "/", "query_args": 5}, "query_args=5 must be a text, a mapping or pairs"),
        ({"path": "chart"}, "path='chart' must begin with '/'"),
    ],
)
def test_delete_cached_names_wrong_arguments(arguments: dict[str, Any], line: str) -> None:
    with pytest.raises((TypeError, ValueError), match=line):
        delete_cached(page, **arguments)


def test_function_called_by_a_view_has_a_page_of_its_own(rf: RequestFactory) -> None:
    """Both are given the same request; Flask-Caching gives the view what its helper returned."""
    made: list[str] = []

    @cached(60)
    def part(request: HttpRequest) -> HttpResponse:
        made.append("part")
        return HttpResponse("part")

    @cached(60, forced_update=lambda request: "anew" in request.GET)
    def whole(request: HttpRequest) -> HttpResponse:
        made.append("whole")
        return HttpResponse(b"<page>" + part(request).content)

    for query in ("", "?anew", "?anew", ""):
        assert whole(rf.get(f"/chart{query}")).content == b"<page>part"
    assert made == ["whole", "part", "whole", "whole"]
    made.clear()
    assert delete_cached(whole, "/chart")
    assert whole(rf.get("/chart")).content == b"<page>part"
    assert made == ["whole", "part"]  # what was made for that path


def test_callable_without_a_name_is_refused(counted):
    with pytest.raises(TypeError, match="wrap it in one"):
        memoize()(counted)


def test_decorator_without_brackets_is_refused():
    with pytest.raises(TypeError, match="with brackets"):
        memoize(lambda: 1)


async def asynchronous(*args):
    return True


@pytest.mark.parametrize(
    "decorate",
    [
        lambda: memoize(unless=asynchronous),
        lambda: memoize(forced_update=asynchronous),
        lambda: memoize(is_stale=asynchronous),
        lambda: memoize(response_filter=asynchronous)(len),
        lambda: cached(response_filter=asynchronous)(len),
        lambda: cached(make_cache_key=asynchronous)(len),
        lambda: cached(key_prefix=asynchronous)(len),
    ],
)
def test_async_options_are_refused(decorate):
    with pytest.raises(TypeError, match="must not be async"):
        decorate()


async def chunks_later():
    yield "a"


def chunks():
    yield "a"


@pytest.mark.parametrize("function", [chunks, chunks_later])
def test_generators_are_refused(function):
    for decorate in (memoize(), cached(key_prefix="chunks")):
        with pytest.raises(TypeError, match=f"{function.__name__} is a generator; return a list"):
            decorate(function)
