from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from articles.models import Article, Tag
from articles.slugs import article_slug, tag_slug
from tests.factories import make_article, make_user


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Django 连接池", "django-连接池"),
        ("Hello, World!", "hello-world"),
        ("!!!", "untitled"),
        ("Edit", "edit-article"),
        ("a/b", "a-b"),
        ("Rust 1.91.1 is out.", "rust-1-91-1-is-out"),
        ("x" * 300, "x" * 200),
    ],
)
def test_slugs_of_titles(title, slug):
    assert article_slug(title) == slug
    assert article_slug(slug) == slug


def test_tags_that_look_alike_keep_apart_or_meet():
    assert len({tag_slug(name) for name in ("C", "C++", "C#", "缓存", "!", "?")}) == 6
    assert tag_slug("Café") == tag_slug("cafe") == tag_slug("CAFÉ") == "cafe"


@pytest.mark.django_db
class TestTag:
    def test_missing_tags_are_made_and_known_ones_found(self):
        python = Tag.objects.create(name="Python")
        found = Tag.objects.named(["python", "C++", " PYTHON ", "", "缓存"])
        assert [tag.slug for tag in found] == ["python", "c-plus-plus", "缓存"]
        assert found[0] == python
        assert Tag.objects.count() == 3


@pytest.mark.django_db
class TestArticle:
    def test_create_alone_gives_a_rendered_row(self):
        article = Article.objects.create(
            author=make_user(), title="你好", body="# Hi\n\nSome *text*.", status="published"
        )
        article.refresh_from_db()
        assert "<em>text</em>" in article.body_html
        assert "Some text." in article.excerpt
        assert (article.slug, article.is_public) == ("你好", True)
        assert abs(article.publish_at - timezone.now()) < timedelta(minutes=1)

    def test_saving_one_field_updates_derived_fields(self):
        article = make_article(make_user(), status="draft")
        article.body = "New *words*."
        article.save(update_fields=["body"])
        article.status = "published"
        article.save(update_fields=["status"])
        article.refresh_from_db()
        assert "<em>words</em>" in article.body_html
        assert article.is_public

    def test_saving_a_listed_article_fetches_no_body(self, django_assert_num_queries):
        make_article(make_user())
        article = Article.objects.defer("body", "body_html").get()
        article.title = "Other"
        with django_assert_num_queries(3):  # article; its HTML for the search index; the index
            article.save()
        assert "body" in article.get_deferred_fields()

    def test_published_without_a_date_cannot_be_stored(self):
        article = make_article(make_user())
        with pytest.raises(IntegrityError), transaction.atomic():
            Article.objects.filter(pk=article.pk).update(publish_at=None)

    def test_anonymous_visitors_see_due_articles_newest_first(self):
        alice, now = make_user(), timezone.now()
        old = make_article(alice, publish_at=now - timedelta(days=2))
        new = make_article(alice, publish_at=now - timedelta(days=1))
        make_article(alice, publish_at=now + timedelta(days=1))
        make_article(alice, status="draft")
        make_article(alice, status="hidden", publish_at=now)
        assert list(Article.objects.published()) == [new, old]

    def test_author_reads_and_edits_own_articles_only(self):
        alice, bob = make_user(), make_user("robert")
        draft = make_article(alice, status="draft")
        assert draft in Article.objects.readable_by(alice)
        assert draft not in Article.objects.readable_by(bob)
        assert draft not in Article.objects.editable_by(bob)

    def test_byline_replaces_the_account_name(self):
        alice = make_user(display_name="Alice")
        assert make_article(alice).author_name == "Alice"
        assert make_article(alice, byline="Aaron").author_name == "Aaron"
