"""Two languages on one page: each text has the fonts of its own language."""

import base64

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Tab
from tests.browser.site import LoopbackSite
from tests.browser.visits import ALICE

pytestmark = pytest.mark.browser
ARTICLES = f"""
from datetime import UTC, datetime
from accounts.models import User
from articles.models import Article
alice = User.objects.get(username={ALICE!r})
for title, body in [
    ("English “marks”", "He said “hello”, with *emphasis*.\\n\\n| a | b |\\n|---|---|\\n| 1 | 2 |"),
    ("中文的“引号”与换行", "他说“你好”，这里是*强调*的文字。"),
]:
    print(Article.objects.create(
        author=alice, title=title, body=body, status="published",
        publish_at=datetime(2025, 12, 1, tzinfo=UTC),
    ).get_absolute_url())
"""
COLOURS = """async png => {
    const bytes = Uint8Array.from(atob(png), each => each.charCodeAt());
    const picture = await createImageBitmap(new Blob([bytes]));
    const canvas = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
    canvas.drawImage(picture, 0, 0);
    const data = canvas.getImageData(0, 0, picture.width, picture.height).data;
    return new Set(new Uint32Array(data.buffer)).size;
}"""


@pytest.fixture(scope="module")
def articles(site: LoopbackSite) -> list[str]:
    return site.shell(ARTICLES).split()


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_emphasis_follows_the_language_of_the_text(tab: Tab, articles: list[str], locale: str):
    page = tab(locale=locale)
    for address, style, dots in [(articles[0], "italic", "none"), (articles[1], "normal", "dot")]:
        page.goto(address)
        emphasis = page.locator(".prose em")
        expect(emphasis).to_have_css("font-style", style)
        assert dots in emphasis.evaluate("each => getComputedStyle(each).textEmphasisStyle")


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_quotation_marks_follow_the_language_of_the_text(
    tab: Tab, articles: list[str], locale: str
):
    page = tab(locale=locale)
    page.goto(articles[1])
    assert fonts(page, "article h1") == fonts(page, ".prose p") == {"WenQuanYi Micro Hei"}
    page.goto(articles[0])
    assert "WenQuanYi Micro Hei" not in fonts(page, "article h1") | fonts(page, ".prose p")


def fonts(page: Page, selector: str) -> set[str]:
    """The font families that the browser has drawn the element's text with."""
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    node = session.send("DOM.querySelector", {"nodeId": root, "selector": selector})["nodeId"]
    used = session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
    return {font["familyName"] for font in used}


def test_only_latin_headings_are_balanced(charlie: Page, articles: list[str]):
    for address, wrap in [(articles[0], "balance"), (articles[1], "pretty")]:
        charlie.goto(address)
        expect(charlie.locator("article h1")).to_have_css("text-wrap-style", wrap)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_narrow_table_has_no_marks_at_its_edges(tab: Tab, articles: list[str], theme: str):
    page = tab(color_scheme=theme)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(articles[0])
    for size in (17, 17.3, 18.7, 19):  # pixels: heights that end within a pixel, too
        page.evaluate("size => document.documentElement.style.fontSize = `${size}px`", size)
        assert colours_at_the_edges(page) == {1}


def colours_at_the_edges(page: Page) -> set[int]:
    """The number of colours in a strip at either edge of the first table."""
    box = page.locator(".table-scroll").first.bounding_box()
    assert box
    lefts = (box["x"] - 2, box["x"] + box["width"] - 14)
    strips = [
        {"x": left, "y": box["y"] - 2, "width": 16, "height": box["height"] + 4} for left in lefts
    ]
    pictures = [base64.b64encode(page.screenshot(clip=strip)).decode() for strip in strips]
    return {page.evaluate(COLOURS, picture) for picture in pictures}
