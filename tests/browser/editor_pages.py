"""The editor in a browser: its status line, its text, and what the device keeps."""

from playwright.sync_api import Locator, Page

from tests.browser.site import LoopbackSite
from tests.browser.visits import BOB

COUNT_ON_DEVICE = """async () => {
  const opened = indexedDB.open("inkpool");
  await new Promise((resolve) => { opened.onsuccess = resolve; });
  const found = opened.result.transaction("texts").objectStore("texts").count();
  await new Promise((resolve) => { found.onsuccess = resolve; });
  opened.result.close();
  return found.result;
}"""


def status(page: Page, state: str) -> Locator:
    return page.locator(f".save-status[data-state={state}]")


def body(page: Page) -> Locator:
    return page.locator("[name=body]")


def own_article(site: LoopbackSite, title: str) -> str:
    """Makes a published article of Bob's; returns the address of its editor."""
    made = f"title={title!r}, body='Stored.', status='published'"
    code = (
        "from accounts.models import User\n"
        "from articles.models import Article\n"
        f"bob = User.objects.get(username={BOB!r})\n"
        f"print(Article.objects.create(author=bob, {made}).pk)"
    )
    return f"/articles/{site.shell(code).strip()}/edit/"
