"""No request gets a page that was made for another reader."""

import io
import re
from collections.abc import Iterable
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from django.utils.translation import override
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from benchmarks.pages_django import bare_with_our_headers
from core.page_cache import page_key
from core.page_cache.entries import weight
from core.page_cache.page_key import Lookup, Lookups, accepts_gzip, lookup_of, preferences_of
from core.page_cache.serving import FILL, PageCache
from tests.factories import make_article, make_user

pytestmark = pytest.mark.django_db(transaction=True)
LIMIT = 2_000_000  # bytes
TOKEN = re.compile(rb'"csrfmiddlewaretoken" value="\w+"')

asked = st.fixed_dictionaries({
    "PATH_INFO": st.sampled_from(["/about/", "/articles", "/", "/robots.txt", "/article"]),
    "QUERY_STRING": st.sampled_from(["", "page=1", "page=2"]),
    "REQUEST_METHOD": st.sampled_from(["GET", "HEAD"]),
    "HTTP_HOST": st.sampled_from(["one.example", "two.example", "one.example:8000", "evil.test"]),
    "HTTP_ACCEPT": st.sampled_from(["text/html", "application/json", "*/*", "", "text/html;q=0.1"]),
    "HTTP_ACCEPT_LANGUAGE": st.sampled_from(["en", "zh-CN,zh;q=0.9", "de", "", "zh-hans"]),
    "SCRIPT_NAME": st.sampled_from(["", "/below"]),
    "HTTP_COOKIE": st.sampled_from(
        ["", "django_language=zh-hans", "django_language=en; theme=dark", "a=b", "ALICE", "DANA"]
    ),
    "wsgi.url_scheme": st.sampled_from(["http", "https"]),
    "HTTP_X_FORWARDED_PROTO": st.sampled_from(["http", "https", " https , http", "HTTPS", "", "x"]),
    "REMOTE_ADDR": st.sampled_from(["10.0.0.1", "192.0.2.1"]),
    "HTTP_ACCEPT_ENCODING": st.just(""),
})  # fmt: skip


@pytest.fixture
def signed_in(db: None, settings: Any) -> dict[str, str]:
    settings.ALLOWED_HOSTS = ["one.example", "two.example"]
    settings.INKPOOL_TRUSTED_PROXIES = ["10.0.0.1"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    people = {"ALICE": make_user("alice_writes"), "DANA": make_user("dana_staff", is_staff=True)}
    make_article(people["ALICE"], title="The first one")
    cookies = {}
    for name, user in people.items():
        client = Client()
        client.force_login(user)
        cookies[name] = f"sessionid={client.cookies['sessionid'].value}"
    return cookies


@pytest.fixture
def cache(signed_in: dict[str, str]) -> PageCache:
    return PageCache(get_wsgi_application())


def answer(application: Any, environ: dict[str, Any]) -> tuple[Any, ...]:
    started: list[Any] = []
    environ = {
        "SERVER_NAME": "server", "SERVER_PORT": "80", "wsgi.input": io.BytesIO(), **environ
    }  # fmt: skip
    response = application(environ, lambda *args: started.append(args))
    body = b"".join(response)
    if hasattr(response, "close"):
        response.close()
    headers = dict(started[0][1])
    body = TOKEN.sub(b"", body)  # masked anew each time
    if environ["REQUEST_METHOD"] == "HEAD":
        body = b""  # the servers see to that
    if started[0][0] != "200 OK":
        body = b""  # which names the request
    return started[0][0], headers.get("Content-Type"), headers.get("Content-Language"), body


@hypothesis_settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(environ=asked)
def test_the_answer_is_the_one_that_django_would_give(
    cache: PageCache, signed_in: dict[str, str], environ: dict[str, Any]
) -> None:
    environ["HTTP_COOKIE"] = signed_in.get(environ["HTTP_COOKIE"], environ["HTTP_COOKIE"])
    assert answer(cache, environ) == answer(cache.application, environ)


def test_after_ten_thousand_addresses_the_memory_is_as_large_as_it_may_be() -> None:
    def django(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ[FILL].until = float("inf")
        start_response("200 OK", [])
        said = {"Content-Language": "en"}
        return HttpResponse(environ["QUERY_STRING"] * 9, headers=said)  # type: ignore[return-value]

    cache, sizes = PageCache(django, LIMIT), set()
    for number in range(10_000):
        environ = {
            "REQUEST_METHOD": "GET", "PATH_INFO": "/", "QUERY_STRING": f"n={number}",
            "HTTP_HOST": "one.example", "wsgi.url_scheme": "http",
        }  # fmt: skip
        cache(environ, lambda *args: None)
        sizes.add(cache.memory.size)
    assert max(sizes) <= LIMIT
    assert 0 < len(cache.memory) < LIMIT / 2000
    assert cache.memory.size == sum(page.size for page in cache.memory._pages.values())
    assert not cache._fills()


def asked_for(**variables: str) -> dict[str, Any]:
    return {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_HOST": "one.example",
            "wsgi.url_scheme": "http", **variables}  # fmt: skip


def test_the_memory_of_pages_counts_their_addresses_too() -> None:
    def django(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ[FILL].until = float("inf")
        start_response("200 OK", [])
        return HttpResponse("", headers={"Content-Language": "en"})  # type: ignore[return-value]

    sizes = []
    for query in ("", "n" * 900):
        cache = PageCache(django, LIMIT)
        cache(asked_for(QUERY_STRING=query), lambda *args: None)
        sizes.append(cache.memory.size)
    assert sizes[1] - sizes[0] == 900


def test_a_key_takes_the_bytes_of_all_that_stands_in_it() -> None:
    assert weight(("a" * 500, ("b" * 500, 1))) > 1000
    assert weight((str, "a")) == weight((int, "a"))  # a class is everybody's


@pytest.mark.parametrize("name", ["HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE", "HTTP_COOKIE"])
def test_long_headers_have_no_lookup_and_are_not_remembered(name: str) -> None:
    before = preferences_of.cache_info()
    assert lookup_of(asked_for(**{name: "n" * 2000})) is None
    assert preferences_of.cache_info() == before
    assert lookup_of(asked_for(**{name: "n" * 400}))


def lookup(known: Lookups, **variables: str) -> Lookup | None:
    return known[tuple(map(asked_for(**variables).get, known.variables))]


def test_same_request_is_parsed_once() -> None:
    known = Lookups()
    first = lookup(known, HTTP_ACCEPT_ENCODING="gzip")
    assert first and first.is_packed and not first.is_head
    assert lookup(known, HTTP_ACCEPT_ENCODING="gzip") is first
    plain, head = lookup(known), lookup(known, REQUEST_METHOD="HEAD")
    assert plain and head and plain.key == head.key == first.key
    assert (plain.is_packed, plain.is_head, head.is_head) == (False, False, True)


@pytest.mark.parametrize(
    "variables",
    [
        {"HTTP_AUTHORIZATION": "Basic"},
        {"REQUEST_METHOD": "POST"},
        {"HTTP_COOKIE": "messages=1"},
        {"HTTP_COOKIE": "sessionid="},
        {"HTTP_HOST": ""},
    ],
)
def test_request_that_shares_no_page_has_no_lookup(variables: dict[str, str]) -> None:
    known = Lookups()
    assert lookup(known, **variables) is None and not known


def test_request_of_a_session_is_not_remembered() -> None:
    known = Lookups()
    found = lookup(known, HTTP_COOKIE=f"csrftoken={'a' * 32}; sessionid=1; theme=dark")
    assert found and (found.session, found.secret) == ("1", "a" * 32) and not known
    assert found.key == lookup_of(asked_for()).key  # type: ignore[union-attr]


def test_disallowed_user_agent_has_no_lookup(settings: Any) -> None:
    settings.DISALLOWED_USER_AGENTS = [re.compile("^BadBot")]
    known = Lookups()
    assert lookup(known, HTTP_USER_AGENT="BadBot/1.0") is None
    assert lookup(known, HTTP_USER_AGENT="Firefox") and lookup(known)


@pytest.mark.parametrize("path", ["/tags/中/", "/tags/é/", "/tags/ä¸\xad/", "/tags/a/"])
def test_key_in_front_of_django_is_the_one_that_its_view_computes(path: str) -> None:
    environ = asked_for(PATH_INFO=path.encode().decode("latin-1"), SCRIPT_NAME="/\xc3\xa9")
    environ |= {"wsgi.input": io.BytesIO(), "HTTP_ACCEPT_LANGUAGE": "zh-hans"}
    found = lookup_of(environ)
    request = WSGIRequest(environ)
    with override("zh-hans"):
        assert found and found.key == page_key.common_key(request)
    with timezone.override("Asia/Tokyo"):
        key = page_key.common_key(request)
    assert key and key.zone == "Asia/Tokyo"


def test_number_and_length_of_remembered_requests_is_limited() -> None:
    known = Lookups()
    assert lookup(known, QUERY_STRING="n" * page_key.LONGEST_REQUEST)
    assert lookup(known, CONTENT_TYPE="n" * page_key.LONGEST_REQUEST)
    assert not known
    for number in range(page_key.MOST_LOOKUPS + 10):
        lookup(known, QUERY_STRING=str(number))
    assert 0 < len(known) <= page_key.MOST_LOOKUPS


def test_the_bare_answer_that_is_measured_has_our_headers(cache: PageCache) -> None:
    told: list[Any] = []
    environ = asked_for(PATH_INFO="/articles", HTTP_ACCEPT="application/json", SERVER_PORT="80")
    environ["wsgi.input"] = io.BytesIO()
    for application in (cache, bare_with_our_headers):
        b"".join(application(dict(environ), lambda *args: told.append(dict(args[1]))))
    ours, bare = told
    anew = {"Content-Length", "ETag", "Cache-Status"}
    assert ours.keys() == bare.keys()
    assert all(ours[name] == bare[name] for name in bare.keys() - anew)


def key_for(**variables: str) -> page_key.PageKey:
    found = lookup_of(asked_for(**variables))
    assert found is not None
    return found.key


@pytest.mark.parametrize("name", ["PATH_INFO", "QUERY_STRING", "SCRIPT_NAME", "HTTP_HOST"])
def test_nothing_is_kept_under_a_long_address(name: str) -> None:
    assert not key_for(**{name: "n" * 400}).is_too_long()
    assert key_for(**{name: "n" * 2000}).is_too_long()


def test_of_what_a_proxy_says_of_the_scheme_a_key_knows_yes_or_no(settings: Any) -> None:
    settings.INKPOOL_TRUSTED_PROXIES = ["10.0.0.1"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    said = ["https", "https," + "n" * 9000, "http", "n" * 9000]
    keys = [key_for(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_PROTO=each) for each in said]
    assert keys[0] == keys[1] != keys[2] == keys[3]


@pytest.mark.parametrize(
    ("wanted", "is_given"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("br, gzip ; q=0.5 ,deflate", True),
        ("gzip;q=1.000", True),
        ("gzip; Q=0.001", True),
        ("*", True),
        ("br;q=1.0, *;q=0.1", True),
        ("identity;q=0.5, gzip", True),
        ("", False),
        ("identity", False),
        ("notgzip", False),
        ("gzipped", False),
        ("gzip;q=0", False),
        ("gzip; q=0.0, br", False),
        ("gzip;q=0;foo", False),
        ("gzip;q=2", False),
        ("gzip;q=", False),
        ("gzip;foo", False),
        ("gzip q=1", False),
        ("*, gzip;q=0", False),
        ("*;q=0", False),
        ("identity, gzip;q=0.5", False),
        ("\xa0gzip", False),
    ],
)
def test_gzip_is_for_who_asks_for_it(wanted: str, is_given: bool) -> None:
    assert accepts_gzip(wanted) is is_given


def test_an_address_that_is_too_long_is_made_each_time() -> None:
    calls: list[str] = []

    def django(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        calls.append(environ["QUERY_STRING"])
        return []

    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": "/", "QUERY_STRING": "n" * 2000,
        "HTTP_HOST": "one.example", "wsgi.url_scheme": "http",
    }  # fmt: skip
    cache = PageCache(django)
    cache(environ, lambda *args: None)
    assert calls == ["n" * 2000]
    assert FILL not in environ
