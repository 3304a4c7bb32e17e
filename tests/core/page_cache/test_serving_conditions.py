"""Requests and answers for which no page is kept or taken from memory."""

from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import User
from articles.models import Article
from articles.views import reading
from tests.core.page_cache.cached_site import Site
from tests.factories import make_article

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    "variables",
    [
        {"HTTP_COOKIE": "sessionid=abc"},
        {"HTTP_COOKIE": "theme=dark; sessionid=abc"},
        {"HTTP_COOKIE": "messages=abc"},
        {"HTTP_AUTHORIZATION": "Bearer abc"},
        {"method": "POST"},
        {"HTTP_ACCEPT": "text/html" + "," * 600},
        {"HTTP_HOST": ""},
        {"HTTP_COOKIE": "\xc2\xa0django_language=zh-hans"},
        {"HTTP_COOKIE": "django_language=zh-hans\xa0"},
        {"HTTP_ACCEPT_LANGUAGE": "zh\xa0"},
    ],
    ids=lambda each: next(iter(each)),
)
def test_request_that_may_be_of_a_reader_gets_no_kept_page(
    site: Site, article: Article, variables: dict[str, str]
) -> None:
    site.get("/")
    for _ in range(2):
        assert not site.get("/", **variables).kept
    assert site.calls == 3


def test_a_signed_in_page_is_never_kept(site: Site, article: Article, client: Client) -> None:
    client.force_login(article.author)
    cookie = client.cookies["sessionid"].OutputString().split(";")[0]
    assert b"Sign out" in site.get("/", HTTP_COOKIE=cookie).body
    assert b"Sign out" not in site.get("/").body
    assert b"Sign out" in site.get("/", HTTP_COOKIE=cookie).body


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"HTTP_ACCEPT_LANGUAGE": "en"}, {"HTTP_ACCEPT_LANGUAGE": "zh-CN,zh;q=0.9"}),
        ({"HTTP_COOKIE": "django_language=en"}, {"HTTP_COOKIE": "django_language=zh-hans"}),
        ({"HTTP_ACCEPT": "text/html"}, {"HTTP_ACCEPT": "application/json"}),
        ({"HTTP_ACCEPT": "text/html"}, {"HTTP_ACCEPT": ""}),
        ({"wsgi.url_scheme": "http"}, {"wsgi.url_scheme": "https"}),
    ],
)
def test_pages_that_differ_never_cross(
    site: Site, article: Article, one: dict[str, str], other: dict[str, str]
) -> None:
    address = f"/articles?{'' if 'HTTP_ACCEPT' in one else 'page=1'}"
    if "wsgi.url_scheme" in one:
        address = article.get_absolute_url()
    pages = [site.get(address, **each).body for each in (one, other)]
    assert pages[0] != pages[1]
    assert [site.get(address, **each).body for each in (one, other)] == pages
    assert site.calls == 2


def test_a_forwarded_scheme_counts_from_a_trusted_proxy_only(
    article: Article, settings: Any
) -> None:
    settings.INKPOOL_TRUSTED_PROXIES = ["10.0.0.1"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.ALLOWED_HOSTS = ["testserver"]
    site, path = Site(), article.get_absolute_url()
    said = {"HTTP_X_FORWARDED_PROTO": "https"}
    for _ in range(2):  # what is remembered of the one is not given to the other
        liar = site.get(path, REMOTE_ADDR="192.0.2.1", **said)
        proxied = site.get(path, REMOTE_ADDR="10.0.0.1", **said)
        assert b"http://testserver" in liar.body
        assert b"https://testserver" in proxied.body
    assert site.calls == 2  # behind a proxy a page is kept, too


def test_a_host_that_is_not_ours_is_never_kept(site: Site, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    for _ in range(2):
        assert site.get("/", HTTP_HOST="evil.example").status == 400
    assert len(site.cache.memory) == 0


def test_nothing_is_kept_within_a_transaction(site: Site, article: Article) -> None:
    with transaction.atomic():
        assert not site.get("/").kept
    assert site.get("/").kept


def add_cookie(response: Any) -> None:
    response.set_cookie("a", "b")


def add(name: str, value: str) -> Any:
    return lambda response: response.headers.__setitem__(name, value)


@pytest.mark.parametrize(
    "change",
    [
        add_cookie,
        add("Set-Cookie", "a=b"),
        add("Cache-Control", "Private"),
        add("Cache-Control", "max-age=5, no-store"),
        add("Vary", "*"),
        add("Vary", "Accept, User-Agent"),
        add("Content-Encoding", "br"),
        add("Content-Language", "zh-hans"),  # it was asked for in English
        lambda response: response.headers.pop("Content-Language"),
        lambda response: setattr(response, "status_code", 203),
    ],
)
def test_an_answer_that_may_not_be_for_all_is_not_kept(
    site: Site, article: Article, change: Any
) -> None:
    django = site.django

    def answer(environ: Any, start_response: Any) -> Any:
        response = django(environ, start_response)
        change(response)
        return response

    site.django = answer  # type: ignore[assignment]
    site.get("/")
    assert len(site.cache.memory) == 0


@pytest.mark.parametrize(
    "asked",
    [
        {"HTTP_CACHE_CONTROL": "no-cache"},  # what is given is never old
        {"HTTP_RANGE": "bytes=0-9"},
        {"HTTP_IF_NONE_MATCH": ", ".join(f'"{number}"' for number in range(2000))},
        {"HTTP_ACCEPT_ENCODING": "gzip" * 1000},
    ],
    ids=lambda each: next(iter(each)),
)
def test_what_else_is_asked_changes_nothing(
    site: Site, article: Article, asked: dict[str, str]
) -> None:
    page, answer = site.get("/"), site.get("/", **asked)
    assert (answer.status, answer.body, answer.is_hit) == (200, page.body, True)


def test_charset_that_hides_the_query_changes_no_other_page(
    site: Site, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In utf-16 `page=2` says nothing, and Django shows the first page."""
    monkeypatch.setattr(reading, "PER_PAGE", 1)
    make_article(alice, title="The first one")
    make_article(alice, title="The second one")
    for _ in range(2):
        assert site.get("/articles?page=2", CONTENT_TYPE="text/plain; charset=utf-16").status == 200
        page = site.get("/articles?page=2").body
        assert b"The first one" in page
        assert b"The second one" not in page


def test_bytes_that_are_no_text_are_told_apart(site: Site, article: Article) -> None:
    """Django reads both as the same text, with %FF in it; the view says what it is."""
    for path in ("/authors/alice_writes\xff/", "/\xff", "/about/\x00", "/tags/\xc0\xaf/"):
        assert site.get(path).status in (400, 404)
    assert len(site.cache.memory) == 0
