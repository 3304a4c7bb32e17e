"""Pages of authors and tags, the archive, links to neighbours."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from articles.archive import months
from articles.models import Tag
from articles.reading_time import reading_minutes
from tests.factories import make_article, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_utc")]


def test_author_has_a_page_of_what_is_published(client, alice):
    User.objects.update(bio="Writes.")
    make_article(alice, title="Shown")
    make_article(alice, title="Kept back", status="draft")
    page = client.get("/authors/alice_writes/").content.decode()
    assert "Alice" in page
    assert "Writes." in page
    assert "Shown" in page
    assert "Kept back" not in page


def test_name_in_other_letters_leads_to_the_page(client, alice):
    make_article(alice)
    assert client.get("/authors/ALICE_WRITES/")["Location"] == "/authors/alice_writes/"


def test_names_without_articles_cannot_be_probed(client, alice):
    make_article(alice, status="draft")
    assert client.get("/authors/alice_writes/").status_code == 404
    assert client.get("/authors/unknown1/").status_code == 404
    client.force_login(alice)
    assert client.get("/authors/alice_writes/").status_code == 200


def test_tag_has_a_page(client, alice):
    article = make_article(alice, title="On pools")
    article.tags.set(Tag.objects.named(["C++", "缓存"]))
    for path in ("/tags/c-plus-plus/", "/tags/缓存/"):
        assert "On pools" in client.get(path).content.decode()
    assert client.get("/tags/none/").status_code == 404


def test_tags_are_listed_with_their_number_of_public_articles(client, alice):
    for status in ("published", "published", "draft"):
        make_article(alice, status=status).tags.set(Tag.objects.named(["MySQL"]))
    make_article(alice, status="draft").tags.set(Tag.objects.named(["Secret"]))
    assert [(tag.name, tag.uses) for tag in Tag.objects.in_use()] == [("MySQL", 2)]
    assert "Secret" not in client.get("/tags/").content.decode()


@pytest.fixture
def three_months(alice):
    dates = [(2025, 12, 31), (2026, 1, 1), (2026, 1, 31)]
    return [make_article(alice, publish_at=datetime(*date, 23, 59, tzinfo=UTC)) for date in dates]


def test_archive_counts_by_month(three_months):
    found = [(f"{row.month:%Y-%m}", row.articles) for row in months()]
    assert found == [("2026-01", 2), ("2025-12", 1)]


@pytest.mark.parametrize(
    ("path", "shown"), [("2025/", [0]), ("2025/12/", [0]), ("2026/", [2, 1]), ("2026/01/", [2, 1])]
)
def test_year_and_a_month_have_pages(client, three_months, path, shown):
    page = client.get(f"/archive/{path}").context["page"]
    assert list(page) == [three_months[number] for number in shown]


@pytest.mark.parametrize("path", ["1999/", "2026/02/", "2026/13/", "2026/1/", "9999/", "0000/"])
def test_time_without_articles_is_404(client, three_months, path):
    assert client.get(f"/archive/{path}").status_code == 404


def test_neighbours_by_date_and_then_by_number(alice):
    now = timezone.now()
    old = make_article(alice, publish_at=now - timedelta(days=2))
    twins = [make_article(alice, publish_at=now - timedelta(days=1)) for _ in range(2)]
    make_article(alice, publish_at=now + timedelta(days=1))
    assert (old.previous_by_date(), old.next_by_date()) == (None, twins[0])
    assert (twins[0].previous_by_date(), twins[0].next_by_date()) == (old, twins[1])
    assert (twins[1].previous_by_date(), twins[1].next_by_date()) == (twins[0], None)


def test_article_page_takes_four_queries_however_many_tags(
    client, alice, django_assert_num_queries
):
    article = make_article(alice)
    for names in (["a"], [f"t{n}" for n in range(10)]):
        article.tags.set(Tag.objects.named(names))
        with django_assert_num_queries(4):  # article with author, tags, two neighbours
            client.get(article.get_absolute_url())


def test_short_address_leads_to_the_article(client, alice):
    article = make_article(alice)
    assert client.get(f"/articles/{article.pk}/")["Location"] == article.get_absolute_url()


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("", 1),
        ("word " * 440, 2),
        ("汉" * 700, 2),
        ("汉" * 350 + " word" * 220, 2),
        ("x" * 9999, 1),
    ],
)
def test_reading_time(text, minutes):
    assert reading_minutes(text) == minutes


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("/?utm_source=x", "/"),
        ("/articles?page=1&x=y", "/articles"),
        ("/articles?page=2&x=y", "/articles?page=2"),
        ("/authors/alice_writes/?x=y", "/authors/alice_writes/"),
        ("/tags/?x=y", "/tags/"),
        ("/archive/?x=y", "/archive/"),
        ("/about/?x=y", "/about/"),
    ],
)
def test_page_names_its_own_address(client, alice, path, canonical):
    for _ in range(21):
        make_article(alice)
    page = client.get(path, HTTP_ACCEPT="text/html").content.decode()
    assert f'<link rel="canonical" href="http://testserver{canonical}">' in page


def test_author_without_articles_is_offered_no_feed(client):
    bob = make_user("bob_reads")
    client.force_login(bob)
    page = client.get("/authors/bob_reads/").content.decode()
    assert "/feeds/" not in page.split("</header>", 1)[1].split("<footer")[0]
    assert 'title="bob_reads"' not in page
    make_article(bob)
    page = client.get("/authors/bob_reads/").content.decode()
    (feed,) = set(re.findall(r'href="(/feeds/\w+/authors/[^"]+)"', page))
    assert client.get(feed).status_code == 200


def test_archive_writes_months_in_figures_in_chinese(client, alice):
    make_article(alice, publish_at=datetime(2025, 11, 3, tzinfo=UTC))
    for language, month in [("en", ">November<"), ("zh-CN", ">11月<")]:
        page = client.get("/archive/", headers={"accept-language": language})
        assert month in page.content.decode()
