"""The real site on a port of the loopback, and the browser that visits it.

Chromium cannot connect to socket files. The loopback is a secure context, so pages have a
clipboard.
"""

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from deploy.ports import LOOPBACK, bound_port
from deploy.private_servers import short_folder
from tests.site import GRANIAN, PASSWORD, Site

PACKAGE = "chromium"  # Debian's
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
CHROMIUM += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]


class LoopbackSite(Site):
    def __init__(self, folder: Path, **variables: str) -> None:
        database = f"sqlite:///{folder / 'db.sqlite3'}"
        here = {"DJANGO_ALLOWED_HOSTS": LOOPBACK, "DATABASE_URL": database}
        super().__init__(folder, here | variables)
        self.port = bound_port(0)
        self.origin = f"http://{LOOPBACK}:{self.port}"
        self.places: dict[str, str] = {}  # what visits.py calls {article} and so on
        self.signed_in: dict[str, Any] = {}  # cookies by name

    def show(self, article: str, author: str, year: int) -> None:
        """Sets the article, the author and the year that visits.py opens."""
        own = "/".join(article.split("/")[:3]) + "/"
        self.places = {"article": article, "own": own, "author": author, "year": str(year)}

    def _command(self, server: str) -> list[str]:
        return [*GRANIAN[:-1], "--host", LOOPBACK, "--port", str(self.port)]

    def _connect(self) -> None:
        socket.create_connection((LOOPBACK, self.port)).close()


@contextmanager
def loopback_site(**variables: str) -> Iterator[LoopbackSite]:
    with short_folder() as folder, LoopbackSite(folder, **variables).served("granian") as site:
        yield site


def chromium_path() -> str:
    if program := shutil.which(PACKAGE):
        return program
    raise SystemExit(f"{PACKAGE} is missing; as root, type: apt-get install -y {PACKAGE}")


@contextmanager
def chromium() -> Iterator[Browser]:
    program = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM)
        yield browser
        browser.close()


def context_of(browser: Browser, site: LoopbackSite, name: str, **options: Any) -> BrowserContext:
    """Opens a browser context; with a name it is signed in."""
    usual = {"base_url": site.origin, "locale": "en", "reduced_motion": "reduce"}
    context = browser.new_context(**usual | options)
    context.set_default_timeout(15_000)
    if name and name not in site.signed_in:
        with browser.new_context(base_url=site.origin) as first:
            page = first.new_page()
            page.goto("/login")
            sign_in(page, name)
            page.wait_for_url("/")
            site.signed_in[name] = first.cookies()
    context.add_cookies(site.signed_in.get(name, []))
    return context


def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    """Fill and send the form that is open."""
    page.locator("[name=name]").fill(name)
    page.locator("[name=pwd]").fill(password)
    page.locator("[name=pwd]").press("Enter")
