"""Anonymous visitors get kept pages, and other requests never do; within one process."""

import gzip
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from articles.models import Article
from articles.views import reading
from core.invalidation import checked_memory
from core.invalidation.generations import generations
from core.page_cache import serving
from tests.core.page_cache.cached_site import Answer, Site
from tests.factories import make_article

pytestmark = pytest.mark.django_db(transaction=True)


PUBLIC = ["/", "/articles", "/articles/", "/article", "/tags/", "/archive/", "/feeds/atom/",
          "/feeds/rss/", "/sitemap.xml", "/sitemap-articles.xml", "/authors/alice_writes/",
          "/about/", "/robots.txt", "/docs/", "/docs/pool/"]  # fmt: skip


@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_page_is_made_once(site: Site, article: Article, path: str) -> None:
    first, second = site.get(path), site.get(path)
    assert (first.status, first.kept) == (200, "Inkpool; fwd=miss; stored")
    assert second.is_hit
    assert second.body == first.body
    assert site.calls == 1


@pytest.mark.parametrize("path", ["/login", "/nothing/", "/articles/1/wrong/", "/articles/mine/"])
def test_other_answers_are_made_each_time(site: Site, article: Article, path: str) -> None:
    assert not site.get(path).kept
    assert not site.get(path).kept


def test_a_write_is_seen_by_the_next_visitor(site: Site, article: Article) -> None:
    site.get("/")
    article.title = "The second one"
    article.save()
    answer = site.get("/")
    assert not answer.is_hit
    assert b"The second one" in answer.body


def test_a_new_name_of_the_author_is_seen_too(site: Site, article: Article) -> None:
    site.get("/")
    User.objects.update(display_name="Alice Liddell")
    assert b"Alice Liddell" in site.get("/").body


def test_a_write_while_the_page_is_made_is_not_hidden(site: Site, article: Article) -> None:
    django = site.django

    def slow(environ: Any, start_response: Any) -> Any:
        response = django(environ, start_response)
        Article.objects.update(title="Written meanwhile")
        return response

    site.django = slow  # type: ignore[assignment]
    assert b"The first one" in site.get("/").body
    site.django = django
    assert b"Written meanwhile" in site.get("/").body


def test_a_scheduled_article_appears_when_it_is_due(site: Site, alice: User) -> None:
    site.get("/login")  # whatever a first request loads
    due = timezone.now() + timedelta(seconds=0.5)
    make_article(alice, title="Due soon", publish_at=due)
    assert b"Due soon" not in site.get("/").body
    hits = 0
    while (answer := site.get("/")) and timezone.now() < due:
        assert b"Due soon" not in answer.body
        hits += answer.is_hit
    assert hits
    assert b"Due soon" in site.get("/").body


def test_no_page_outlives_its_longest_age(
    site: Site, article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checked_memory, "age", lambda: 0.0)
    site.get("/")
    assert not site.get("/").is_hit


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


def test_who_has_the_page_is_told_so(site: Site, article: Article) -> None:
    etag = site.get("/").headers["ETag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = site.get("/", HTTP_IF_NONE_MATCH=known)
        assert (answer.status, answer.body) == (304, b"")
        assert answer.headers["ETag"] == etag
        assert "Content-Length" not in answer.headers
    assert site.get("/", HTTP_IF_NONE_MATCH='"other"').status == 200


def test_a_page_is_sent_compressed_to_who_can_read_it(site: Site, article: Article) -> None:
    plain, packed = site.get("/"), site.get("/", HTTP_ACCEPT_ENCODING="br, gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert int(packed.headers["Content-Length"]) == len(packed.body)
    assert "Content-Encoding" not in site.get("/", HTTP_ACCEPT_ENCODING="notgzip").headers


def test_head_is_the_page_without_its_body(site: Site, article: Article) -> None:
    page, head = site.get("/"), site.get("/", method="HEAD")
    assert head.body == b""
    assert head.is_hit
    length = head.headers["Content-Length"]
    assert length == page.headers["Content-Length"] == str(len(page.body))


def test_the_page_says_what_it_depends_on(site: Site, article: Article) -> None:
    for answer in (site.get("/"), site.get("/")):
        assert {"Cookie", "Accept-Language", "Accept-Encoding"} <= {
            *answer.headers["Vary"].split(", ")
        }
        assert answer.headers["Cache-Control"] == "max-age=0, stale-if-error=600"
        assert "Content-Security-Policy" in answer.headers
        assert "Set-Cookie" not in answer.headers


def test_fifty_at_once_have_it_made_once(site: Site, article: Article) -> None:
    together, django = threading.Barrier(50), site.django
    waiting = threading.Semaphore(0)

    def slow(environ: Any, start_response: Any) -> Any:
        for _ in range(49):
            waiting.acquire(timeout=10)
        return django(environ, start_response)

    def visit() -> None:
        together.wait()
        waiting.release()
        answers.append(site.get("/"))

    site.django = slow  # type: ignore[assignment]
    answers: list[Answer] = []
    threads = [threading.Thread(target=visit) for _ in range(50)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len({each.body for each in answers}) == 1
    assert site.calls == 1


@pytest.mark.parametrize("path", ["/login", "/nothing/", "/about", "/livez", "/articles/mine/"])
def test_no_request_waits_for_an_answer_that_is_not_for_all(
    site: Site, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "PATIENCE", 60)
    together, django = threading.Barrier(5, timeout=10), site.django

    def meet(environ: Any, start_response: Any) -> Any:
        together.wait()  # all five are in here at once, or it breaks
        return django(environ, start_response)

    site.django = meet  # type: ignore[assignment]
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(site.get, [path] * 5))
    assert len({each.status for each in answers}) == 1
    assert not any(each.kept for each in answers)


def test_who_waits_for_a_page_that_turns_out_to_be_missing_goes_on_at_once(site: Site) -> None:
    """A marked view may raise Http404: the others are not held up one after another."""
    second, django = threading.Event(), site.django

    def slow(environ: Any, start_response: Any) -> Any:
        if not second.is_set():
            wait_for(site, 4)
            second.set()
        else:
            together.wait()
        return django(environ, start_response)

    together = threading.Barrier(4, timeout=10)
    site.django = slow  # type: ignore[assignment]
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(site.get, ["/articles/99/nothing/"] * 5))
    assert [each.status for each in answers] == [404] * 5


def test_what_the_first_had_made_before_a_write_is_not_given_to_the_second(
    site: Site, article: Article
) -> None:
    begun, django, answers = threading.Event(), site.django, []

    def slow(environ: Any, start_response: Any) -> Any:
        response = django(environ, start_response)
        if not begun.is_set():
            begun.set()
            wait_for(site, 1)
            generations().bump(1)
        return response

    site.django = slow  # type: ignore[assignment]
    first = threading.Thread(target=lambda: answers.append(site.get("/")))
    first.start()
    begun.wait(10)
    assert not site.get("/").kept.endswith("collapsed")
    first.join()
    assert site.calls == 2


def wait_for(site: Site, count: int) -> None:
    """Until so many wait for the page that is being made."""
    [fill] = site.cache._fills().values()
    while len(fill.done._cond._waiters) < count:  # type: ignore[attr-defined]
        time.sleep(0.001)


def test_memory_is_bounded_whatever_is_asked_for(article: Article) -> None:
    site = Site(limit=200_000)
    for number in range(300):
        site.get(f"/about/?n={number}")
    assert 0 < site.cache.memory.size <= 200_000
    assert site.get("/about/?n=299").is_hit
    assert not site.get("/about/?n=0").is_hit


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


def test_a_page_made_for_head_is_the_page(site: Site, article: Article) -> None:
    head, page = site.get("/", method="HEAD"), site.get("/")
    assert (head.body, page.is_hit) == (b"", True)
    assert len(page.body) == int(head.headers["Content-Length"])
    assert b"The first one" in page.body


def test_a_site_below_a_path_has_pages_of_its_own(site: Site, article: Article) -> None:
    article_path = article.get_absolute_url()
    pages = {root: site.get("/", SCRIPT_NAME=root) for root in ("", "/a", "/ab")}
    again = {root: site.get("/", SCRIPT_NAME=root) for root in pages}
    for root, page in pages.items():
        assert f'href="{root}/archive/"'.encode() in page.body
        assert f'href="{root}{article_path}"'.encode() in page.body
        assert (again[root].is_hit, again[root].body) == (True, page.body)


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
