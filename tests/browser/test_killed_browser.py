"""A browser that is killed while its author types offline loses three seconds at most."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from tests.browser.editor_pages import body, own_article
from tests.browser.site import CHROMIUM, LoopbackSite, chromium_path, sign_in
from tests.browser.visits import BOB

pytestmark = pytest.mark.browser
MOST_LOST = 3  # seconds of typing


@contextmanager
def opened(browser: Browser, site: LoopbackSite, folder: Path) -> Iterator[Page]:
    """A browser of its own that keeps its data in the folder; Bob is signed in."""
    context = browser.browser_type.launch_persistent_context(
        folder, executable_path=chromium_path(), args=CHROMIUM, base_url=site.origin, locale="en"
    )
    page = context.new_page()
    page.goto("/login")
    if page.url.endswith("/login"):
        sign_in(page, BOB)
        page.wait_for_url("/")
    yield page
    with suppress(Error):  # it was killed
        context.close()


def process_of(folder: Path) -> int:
    """The browser's process, which has started those of its pages."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended
            words = (process / "cmdline").read_text(errors="replace").split("\0")
            is_page = any(word.startswith("--type=") for word in words)
            if f"--user-data-dir={folder}" in words and not is_page:
                return int(process.name)
    raise AssertionError(f"no browser has the folder {folder}")


def typed_until_killed(page: Page, folder: Path, seconds: float) -> list[tuple[float, str]]:
    """Returns the moments, and what was in the text by then."""
    process, written = process_of(folder), ""
    typed = [(start := time.monotonic(), written)]
    while typed[-1][0] < start + seconds:
        page.keyboard.type(letter := chr(ord("a") + len(typed) % 26))
        written += letter
        typed.append((time.monotonic(), written))
    os.kill(process, signal.SIGKILL)
    return typed


def kill_while_typing(browser: Browser, site: LoopbackSite, folder: Path, seconds: float) -> None:
    address = own_article(site, f"Typed in a browser that was killed after {seconds} s")
    with opened(browser, site, folder) as page:
        page.goto(address)
        page.route("**/autosave/", lambda route: route.abort())
        body(page).fill("")
        typed = typed_until_killed(page, folder, seconds)
    with opened(browser, site, folder) as page:
        page.goto(address)
        offered = page.locator("[data-device-offer] pre")
        expect(offered).to_be_visible()
        shown = (offered.text_content() or "").split("\n\n")[1]
        expect(body(page)).to_have_value("Stored.")
    end = typed[-1][0]
    due = [text for moment, text in typed if moment <= end - MOST_LOST][-1]
    assert shown.startswith(due) and due
    assert typed[-1][1].startswith(shown)


def test_killed_browser_loses_at_most_three_seconds(
    browser: Browser, site: LoopbackSite, tmp_path: Path
):
    kill_while_typing(browser, site, tmp_path, 4)


@pytest.mark.soak
@pytest.mark.parametrize("seconds", [3.1, 3.7, 4.4, 5.2, 6.1, 7.3])
def test_browser_killed_at_other_moments_loses_at_most_three_seconds(
    browser: Browser, site: LoopbackSite, tmp_path: Path, seconds: float
):
    kill_while_typing(browser, site, tmp_path, seconds)
