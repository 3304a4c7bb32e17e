"""A tag is shown to readers who may read an article with this tag."""

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Article, Tag
from tests.factories import make_article, make_user

pytestmark = pytest.mark.django_db
PAGE = "/tags/merger-with-acme/"
FEEDS = ["/feeds/atom/tags/merger-with-acme/", "/feeds/rss/tags/merger-with-acme/"]


@pytest.fixture
def draft(alice):
    article = make_article(alice, title="On ACME", status="draft")
    article.tags.set(Tag.objects.named(["Merger with ACME"]))
    return article


def seen(client):
    return [client.get(path).status_code for path in (PAGE, *FEEDS)]


def test_tag_of_a_draft_is_404_to_others(client, draft):
    assert seen(client) == [404, 404, 404]
    client.force_login(make_user("bob_reads"))
    assert seen(client) == [404, 404, 404]
    for path in ("/tags/", "/sitemap-tags.xml", "/feeds/atom/"):
        assert "acme" not in client.get(path).content.decode().lower()


def test_publishing_shows_the_tag_and_withdrawing_hides_it(client, draft):
    draft.status = "published"
    draft.save()
    assert seen(client) == [200, 200, 200]
    for hidden in ({"status": "draft"}, {"status": "hidden"}):
        Article.objects.filter(pk=draft.pk).update(**hidden)
        assert seen(client) == [404, 404, 404]


def test_tag_of_a_scheduled_article_waits_for_its_day(client, draft):
    draft.status, draft.publish_at = "published", timezone.now() + timedelta(days=1)
    draft.save()
    assert seen(client) == [404, 404, 404]


def test_author_of_a_draft_sees_its_tag_empty_and_without_a_feed(alice_client, draft):
    page = alice_client.get(PAGE)
    assert page.status_code == 200
    assert "On ACME" not in page.content.decode() and "feeds/atom/tags" not in page.content.decode()


def test_staff_sees_the_tags_of_drafts(dana_client, draft):
    assert dana_client.get(PAGE).status_code == 200


def test_tag_without_articles_has_no_page(alice_client):
    Tag.objects.named(["Merger with ACME"])
    assert alice_client.get(PAGE).status_code == 404
