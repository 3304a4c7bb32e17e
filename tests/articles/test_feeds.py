"""Feeds and sitemaps, parsed as by feed readers and search engines."""

import xml.etree.ElementTree as ElementTree
from datetime import timedelta

import feedparser
import pytest
from django.utils import timezone

from articles.models import Tag
from core.guide.documents import slugs
from tests.factories import make_article, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def article(alice):
    article = make_article(alice, title="连接池 & <more>", summary="Why *pools*.")
    article.tags.set(Tag.objects.named(["MySQL"]))
    make_article(alice, title="Kept back", status="draft")
    make_article(alice, title="To come", publish_at=timezone.now() + timedelta(days=1))
    return article


def parse(client, path):
    feed = feedparser.parse(client.get(path).content)
    assert not feed.bozo, feed.get("bozo_exception")
    return feed


@pytest.mark.parametrize("kind", ["rss", "atom"])
@pytest.mark.parametrize("path", ["", "authors/alice_writes/", "tags/mysql/"])
def test_feed_has_published_articles_only(client, article, kind, path):
    (entry,) = parse(client, f"/feeds/{kind}/{path}").entries
    assert entry.title == "连接池 &amp; &lt;more&gt;" or entry.title == "连接池 & <more>"
    assert entry.link == f"http://testserver{article.get_absolute_url()}"
    assert entry.author == "Alice"
    assert [tag.term for tag in entry.tags] == ["MySQL"]
    assert entry.published_parsed[:3] == article.publish_at.timetuple()[:3]


@pytest.mark.parametrize("kind", ["rss", "atom"])
def test_feed_id_survives_a_change_of_title_and_address(client, article, kind):
    before = parse(client, f"/feeds/{kind}/").entries[0].id
    article.title, article.slug = "New", ""
    article.save()
    assert parse(client, f"/feeds/{kind}/").entries[0].id == before


@pytest.mark.parametrize("path", ["authors/unknown1/", "authors/robert/", "tags/none/"])
def test_feed_without_articles_is_404(client, article, path):
    make_user("robert")
    assert client.get(f"/feeds/atom/{path}").status_code == 404


def test_number_of_queries_does_not_grow(client, article, django_assert_num_queries):
    for _ in range(2):
        with django_assert_num_queries(3):
            client.get("/feeds/atom/")
        make_article(article.author)


def locations(client, path):
    root = ElementTree.fromstring(client.get(path).content)
    return [element.text for element in root.iter() if element.tag.endswith("}loc")]


def test_sitemap_leads_to_every_public_page(client, article):
    found = [
        address
        for section in locations(client, "/sitemap.xml")
        for address in locations(client, section)
    ]
    assert f"http://testserver{article.get_absolute_url()}" in found
    assert "http://testserver/authors/alice_writes/" in found
    assert len(found) == len(set(found)) == 9 + len(slugs())
    for address in found:
        assert client.get(address, HTTP_ACCEPT="text/html").status_code == 200


def test_robots_name_the_sitemap(client):
    answer = client.get("/robots.txt")
    assert answer["Content-Type"].startswith("text/plain")
    assert "Sitemap: http://testserver/sitemap.xml" in answer.content.decode()


@pytest.mark.parametrize("path", ["rss/", "atom/", "rss/authors/alice_writes/", "atom/tags/mysql/"])
def test_character_that_xml_forbids_breaks_no_feed(client, article, path):
    bad = "x\x08\x1b\ufffe"
    article.author.display_name = bad
    article.author.save()
    Tag.objects.filter(slug="mysql").update(name=bad)
    article.title, article.summary = bad, ""
    article.body = "<p>&#1;&#11;y</p>" + bad
    article.save()
    assert len(parse(client, f"/feeds/{path}").entries) == 1
