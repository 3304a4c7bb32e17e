"""The team's own pages, the links of the footer, and the name of the site."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.test import Client

from articles.models import Page, site_page
from core.env import Link
from core.markdown import TextRefused

pytestmark = pytest.mark.django_db
CHINESE = {"HTTP_ACCEPT_LANGUAGE": "zh-hans"}
ICP = Link("京ICP备12345678号", "https://beian.miit.gov.cn/")


@pytest.fixture
def imprint() -> Page:
    return Page.objects.create(slug="imprint", language="en", title="Imprint", body="By **us**.")


def test_page_is_shown_in_the_language_of_the_reader(charlie: Client, imprint: Page) -> None:
    Page.objects.create(slug="imprint", language="zh-hans", title="版权", body="由**我们**运营。")
    assert "<strong>us</strong>" in charlie.get("/pages/imprint/").text
    chinese = charlie.get("/pages/imprint/", **CHINESE)  # type: ignore[arg-type]
    assert "<strong>我们</strong>" in chinese.text and '<article lang="zh-hans">' in chinese.text


def test_page_in_one_language_is_shown_to_all(charlie: Client, imprint: Page) -> None:
    chinese = charlie.get("/pages/imprint/", **CHINESE)  # type: ignore[arg-type]
    assert '<article lang="en">' in chinese.text and "By <strong>us" in chinese.text


def test_change_shows_at_the_next_request(charlie: Client, imprint: Page, settings: Any) -> None:
    settings.INKPOOL_PAGE_CACHE = True
    assert [charlie.get("/pages/imprint/").status_code for _ in range(2)] == [200, 200]
    imprint.body = "By nobody else."
    imprint.save()
    assert "By nobody else." in charlie.get("/pages/imprint/").text


def test_own_about_page_replaces_that_of_the_site(charlie: Client, settings: Any) -> None:
    assert 'href="/about/"' in charlie.get("/about/").text
    settings.INKPOOL_SITE_LINKS = [Link("About us", "/pages/about/")]
    settings.INKPOOL_OWN_ABOUT = "/pages/about/"
    assert charlie.get("/about/")["Location"] == "/pages/about/"
    footer = charlie.get("/").text
    assert 'href="/pages/about/">About us<' in footer and 'href="/about/"' not in footer


def test_unknown_page_is_a_404(charlie: Client) -> None:
    assert charlie.get("/pages/imprint/").status_code == 404


def test_pages_are_in_the_sitemap_once(charlie: Client, imprint: Page) -> None:
    Page.objects.create(slug="imprint", language="zh-hans", title="版权", body="x")
    assert charlie.get("/sitemap-pages.xml").text.count("/pages/imprint/") == 1


def test_footer_shows_the_links_of_the_language(charlie: Client, settings: Any) -> None:
    settings.INKPOOL_SITE_LINKS = [Link("Imprint", "/pages/imprint/", "en"), ICP]
    english, chinese = (charlie.get("/", **asked).text for asked in ({}, CHINESE))  # type: ignore[arg-type]
    assert english.index("/pages/imprint/") < english.index("beian.miit.gov.cn")
    assert ICP.label in chinese and "/pages/imprint/" not in chinese
    assert ICP.label in charlie.get("/nothing/").text


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"slug": "Im Print"}, "slug"),
        ({"slug": "a--b"}, "slug"),
        ({"slug": "../x"}, "slug"),
        ({"title": "\u200b"}, "title"),
        ({"body": " \n"}, "body"),
        ({"body": "[^1]" * 3000 + "\n\n[^1]: x"}, "body"),
        ({"language": "fr"}, "language"),
    ],
)
def test_page_that_cannot_be_shown_is_refused(fields: dict[str, str], named: str) -> None:
    values = {"slug": "x", "language": "en", "title": "T", "body": "B", **fields}
    with pytest.raises(ValidationError) as refused:
        Page(**values).full_clean()
    assert list(refused.value.message_dict) == [named]


def test_text_that_a_later_release_refuses_is_shown_as_written(
    charlie: Client, imprint: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(text: str) -> str:
        raise TextRefused("The text has too many links.")

    monkeypatch.setattr(site_page, "render", refuse)
    assert '<pre tabindex="0">By **us**.</pre>' in charlie.get("/pages/imprint/").text


def test_slug_is_unique_in_its_language(imprint: Page) -> None:
    with pytest.raises(ValidationError, match="exists already in this language"):
        Page(slug="imprint", language="en", title="T", body="B").full_clean()
    with pytest.raises(IntegrityError):
        Page.objects.create(slug="imprint", language="en", title="T", body="B")


def test_admin_edits_pages(dana_client: Client) -> None:
    form = {"slug": "imprint", "language": "en", "title": "Imprint", "body": "By us."}
    assert dana_client.post("/admin/articles/page/add/", form).status_code == 302
    assert dana_client.get("/admin/articles/page/").status_code == 200
    assert Page.objects.get().title == "Imprint"


def test_site_has_the_name_of_its_team(charlie: Client, dana_client: Client, settings: Any) -> None:
    settings.INKPOOL_SITE_NAME, settings.INKPOOL_SITE_TAGLINE = "蓝图 & Co", "We draw <things>."
    front = charlie.get("/").text
    assert "<title>Newest articles · 蓝图 &amp; Co</title>" in front
    assert "<h1>We draw &lt;things&gt;.</h1>" in front
    assert "<title>蓝图 &amp; Co</title>" in charlie.get("/feeds/atom/").text
    pages = [front, charlie.get("/about/").text, charlie.get("/nothing/").text]
    pages += [dana_client.get("/admin/").text]
    for text in pages:
        assert "蓝图 &amp; Co" in text and "Inkpool" not in text


def test_sign_in_page_says_how_to_get_an_account(charlie: Client, settings: Any) -> None:
    settings.INKPOOL_REGISTRATION = "closed"
    assert "Accounts on this site are made by its team." in charlie.get("/login").text


def test_signed_in_readers_are_asked_to_write(charlie: Client, alice_client: Client) -> None:
    for client, expected in ((charlie, False), (alice_client, True)):
        assert ("Write an article" in client.get("/").text) is expected
