"""Browsers of Alice and Charlie. An error on any page fails the test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response

from tests.browser.site import LoopbackSite, chromium, context_of, loopback_site
from tests.browser.visits import ALICE, LONG

ARTICLES = f"""
from datetime import UTC, datetime
from accounts.models import User
from articles.models import Article, Tag
alice = User.objects.get(username={ALICE!r})
alice.bio = "Writes about databases. 也写中文。"
alice.save()
for number in range(1, 43):
    article = Article.objects.create(
        author=alice, title=f"Article {{number}}: 第 {{number}} 篇", body="Some *text*. 一些文字。",
        status="published", publish_at=datetime(2026, 1 + number % 3, 1 + number % 28, tzinfo=UTC),
    )
    article.tags.set(Tag.objects.named(["MySQL", "缓存"]))
Article.objects.create(author=alice, title="Still a draft")
article = Article.objects.create(
    author=alice, title="The long one, 长文一篇", body={LONG!r}, status="published",
    publish_at=datetime(2026, 2, 14, tzinfo=UTC),
)
article.tags.set(Tag.objects.named(["MySQL", "Django", "连接池"]))
print(article.get_absolute_url())
"""
Tab = Callable[..., Page]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Runs browser tests last: after Playwright's event loop, Django refuses the ORM."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def site(static_files: None) -> Iterator[LoopbackSite]:
    with loopback_site(REGISTRATION="open") as site:
        site.show(site.shell(ARTICLES), ALICE, 2026)
        yield site


@pytest.fixture(scope="session")
def empty_site(static_files: None) -> Iterator[LoopbackSite]:
    with loopback_site(REGISTRATION="closed") as site:
        yield site


class Guard:
    """Collects complaints: script errors, refused content, requests to other sites."""

    def __init__(self, site: LoopbackSite) -> None:
        self.site = site
        self.complaints: list[str] = []

    def watch(self, context: BrowserContext) -> None:
        context.on("console", self.on_console)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("request", self.on_request)
        context.on("response", self.on_response)

    def on_console(self, message: ConsoleMessage) -> None:
        # An expected 404 is an "error" here too; on_response decides.
        if message.type in ("error", "warning") and "Failed to load" not in message.text:
            self.complaints.append(message.text)

    def on_request(self, request: Request) -> None:
        if not request.url.startswith((self.site.origin, "data:")):
            self.complaints.append(f"request to {request.url}")

    def on_response(self, response: Response) -> None:
        # A script shows a refusal, as a page does.
        is_shown = response.request.is_navigation_request()
        is_shown = is_shown or response.request.resource_type in ("fetch", "xhr")
        if response.status >= (500 if is_shown else 400):
            log = (self.site.folder / "server.log").read_text(errors="replace").rstrip()
            self.complaints.append(f"{response.status} at {response.url}: {log[-2000:]}")


@pytest.fixture
def tab(browser: Browser, site: LoopbackSite) -> Iterator[Tab]:
    """Opens a browser context; with a name it is signed in."""
    yield from tabs(browser, site)


@pytest.fixture
def empty_tab(browser: Browser, empty_site: LoopbackSite) -> Iterator[Tab]:
    """The same on the site without articles."""
    yield from tabs(browser, empty_site)


def tabs(browser: Browser, site: LoopbackSite) -> Iterator[Tab]:
    guard = Guard(site)
    contexts: list[BrowserContext] = []

    def tab(name: str = "", **options: Any) -> Page:
        contexts.append(context_of(browser, site, name, **options))
        guard.watch(contexts[-1])
        return contexts[-1].new_page()

    yield tab
    for context in contexts:
        context.close()
    assert guard.complaints == []


@pytest.fixture
def alice(tab: Tab) -> Page:
    return tab(ALICE)


@pytest.fixture
def editor(alice: Page) -> Page:
    """Alice's editor of a new article, on a wide screen."""
    alice.set_viewport_size({"width": 1440, "height": 900})
    alice.goto("/articles/new/")
    alice.locator(".editor-box").wait_for()
    return alice


@pytest.fixture
def charlie(tab: Tab) -> Page:
    return tab()
