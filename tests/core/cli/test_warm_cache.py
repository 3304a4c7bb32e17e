"""warm_cache against a server of this process, with the page cache in front of Django."""

import threading
from collections.abc import Iterator
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.core.management import CommandError, call_command
from django.core.wsgi import get_wsgi_application
from django.db import connections

from core.management.commands import warm_cache
from core.management.commands.warm_cache import Site
from core.page_cache import warming
from core.page_cache.serving import PageCache
from core.page_cache.warming import Page, Sitemap, warm_pages
from tests.factories import make_article, make_user

pytestmark = pytest.mark.django_db(transaction=True)


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None: ...


@pytest.fixture
def url(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr("core.invalidation.broadcast.is_up", lambda: True)  # no other host listens
    settings.ALLOWED_HOSTS = ["127.0.0.1", "inkpool.example"]
    alice = make_user("alice_writes")
    for number in range(3):
        make_article(alice, title=f"第 {number} 篇")
    cache = PageCache(get_wsgi_application())
    with make_server("127.0.0.1", 0, cache, WSGIServer, Quiet) as server:

        def serve() -> None:
            server.serve_forever(poll_interval=0.01)
            connections.close_all()

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def warm(url: str, capsys: pytest.CaptureFixture[str], *options: str) -> list[int]:
    call_command("warm_cache", "--url", url, *options)
    out, err = capsys.readouterr()
    assert err == ""
    return [int(word) for word in out.replace(",", " ").split() if word.isdigit()]


def test_each_page_is_stored_once_and_then_hit(url, capsys):
    made, there, other, failed = warm(url, capsys, "--times", "2")
    assert made == there > 20
    assert (other, failed) == (0, 0)
    again = warm(url, capsys, "--times", "1")
    assert again == [0, made, 0, 0]


def test_newest_limits_the_articles_alone(url, capsys):
    stored = {newest: warm(url, capsys, "--times=1", f"--newest={newest}")[0] for newest in (0, 2)}
    assert stored[0] > 20
    assert stored[2] == 2 * 2  # two articles, in two languages


def test_newest_counts_over_all_pages_of_a_section(monkeypatch):
    sitemap = Sitemap("/sitemap.xml", newest_of="/sitemap-articles.xml")
    answers = {
        "/sitemap.xml": ["/sitemap-articles.xml", "/sitemap-articles.xml?p=2", "/sitemap-tags.xml"],
        "/sitemap-articles.xml": ["/articles/4/", "/articles/3/"],
        "/sitemap-articles.xml?p=2": ["/articles/2/", "/articles/1/"],
        "/sitemap-tags.xml": ["/tags/django/"],
    }
    site = Site("http://127.0.0.1", None)
    monkeypatch.setattr(site, "locations", answers.__getitem__)
    assert site.paths_of(sitemap, 3) == [
        "/tags/django/", "/articles/4/", "/articles/3/", "/articles/2/",
    ]  # fmt: skip
    del answers["/sitemap-articles.xml?p=2"]  # not asked for
    assert site.paths_of(sitemap, 1) == ["/tags/django/", "/articles/4/"]


def test_each_registered_page_is_asked_for_once_in_each_language(monkeypatch, settings):
    monkeypatch.setattr(warming, "sitemaps", {})
    monkeypatch.setattr(warming, "pages", {})
    for _ in range(2):
        warm_pages(Page("/news"), Page("/news", accept="application/json"))
    monkeypatch.setattr(warm_cache, "pages", warming.pages)
    monkeypatch.setattr(warm_cache, "sitemaps", warming.sitemaps)
    visits = Site("http://127.0.0.1", None).visits(newest=100)
    assert [(*visit.page, visit.language) for visit in visits] == [
        ("/news", accept, language)
        for accept in ("text/html", "application/json")
        for language, _name in settings.LANGUAGES
    ]


def test_host_names_another_site(url, capsys):
    with pytest.raises(CommandError, match=r"sitemap\.xml answers 400.*--host"):
        warm(url, capsys, "--host", "nobody.example")
    assert warm(url, capsys, "--host", "inkpool.example", "--times", "1")[0] > 20


@pytest.mark.parametrize("host", ["127.0.0.1:9", "a" * 70])
def test_a_site_that_does_not_answer_is_refused(host):
    with pytest.raises(CommandError, match=f"{host} does not answer"):
        call_command("warm_cache", "--url", f"http://{host}")


@pytest.mark.parametrize(
    "url",
    ["", "ftp://a", "http://", "http://a:b", "http://a/path", "a:80", "http://a b", "http://中.cn"],
)
def test_a_url_that_is_no_address_is_refused(url):
    with pytest.raises(CommandError, match="--url") as refusal:
        call_command("warm_cache", "--url", url)
    assert refusal.value.returncode == 2


@pytest.mark.parametrize(
    "option",
    [
        ("--times", "0"),
        ("--times", "x"),
        ("--newest", "-1"),
        ("--host", "a b"),
        ("--host", "a\nb"),
        ("--host", "中"),
        ("--host", ""),
    ],
)
def test_a_value_out_of_range_is_refused(option):
    with pytest.raises(CommandError, match=f"{option[0]}: .* is not allowed; give a"):
        call_command("warm_cache", *option)
