"""Anonymous visitors get kept pages until something is written; within one process."""

import gzip
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from articles.models import Article
from core.invalidation import checked_memory
from tests.core.page_cache.cached_site import Site
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


def test_memory_is_bounded_whatever_is_asked_for(article: Article) -> None:
    site = Site(limit=200_000)
    for number in range(300):
        site.get(f"/about/?n={number}")
    assert 0 < site.cache.memory.size <= 200_000
    assert site.get("/about/?n=299").is_hit
    assert not site.get("/about/?n=0").is_hit


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
