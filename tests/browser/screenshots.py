"""`make screenshots`: every page in both themes and languages, for a phone and a wide screen.

Into the ignored folder screenshots/: list-zh-dark-390.png and so on. With `--readme` the few
of the README instead, into docs/images/.
"""

import itertools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from playwright.sync_api import Browser, Page

from deploy.processes import ROOT
from tests.browser.site import LoopbackSite, chromium, context_of, loopback_site
from tests.browser.visits import ALICE, ON_AN_EMPTY_SITE, VISITS, Visit
from tests.site import PASSWORD

ALL, OF_THE_README = ROOT / "screenshots", ROOT / "docs" / "images"
DEMO = "demo_author"  # has the role of Alice
LOCALES = {"en": "en", "zh": "zh-CN"}
SLUGS = {"en": "six-connections-are-enough", "zh": "会话为什么要放在服务器上"}
THEMES = ["light", "dark"]
SIZES = [(390, 844), (1440, 900)]
README = [("front", "en", "light"), ("article", "zh", "dark"), ("editor", "zh", "light")]
OLDER = f"""
from datetime import datetime, timedelta, UTC
from accounts.models import User
from articles.models import Article
author = User.objects.get(username={DEMO!r})
author.bio = "Writes down what broke. 记下踩过的坑。"
author.save()
for number in range(1, 41):
    Article.objects.create(
        author=author, title=f"随手记 {{number}} · Note {{number}}", body="短短几行。A few lines.",
        status="published", publish_at=datetime(2024, 1, 1, tzinfo=UTC) + timedelta(9 * number),
    )
"""
ADDRESS = """
from articles.models import Article
print(Article.objects.get(slug={!r}).get_absolute_url())
"""


def main(words: list[str]) -> None:
    with chromium() as browser, demo_site() as site:
        if words == ["--readme"]:
            for name, language, theme in README:
                page = visited(browser, site, VISITS[name], language)
                picture(page, f"{OF_THE_README}/{name}-{language}-{theme}.png", theme, (800, 840))
            return
        site.shell(OLDER)
        take_all(browser, site, VISITS)
        with loopback_site() as empty:
            take_all(browser, empty, ON_AN_EMPTY_SITE)


@contextmanager
def demo_site() -> Iterator[LoopbackSite]:
    with loopback_site(REGISTRATION="open", DJANGO_USER_PASSWORD=PASSWORD) as site:
        site.manage("seed_demo").check_returncode()
        yield site


def take_all(browser: Browser, site: LoopbackSite, visits: dict[str, Visit]) -> None:
    for (name, visit), language in itertools.product(visits.items(), LOCALES):
        page = visited(browser, site, visit, language)
        for theme, size in itertools.product(THEMES, SIZES):
            path = f"{ALL}/{name}-{language}-{theme}-{size[0]}.png"
            picture(page, path, theme, size, whole=True)
        page.context.close()


def visited(browser: Browser, site: LoopbackSite, visit: Visit, language: str) -> Page:
    if "{" in visit.path:
        site.show(site.shell(ADDRESS.format(SLUGS[language])), DEMO, date.today().year)
    name = DEMO if visit.name == ALICE else visit.name
    page = context_of(browser, site, name, locale=LOCALES[language]).new_page()
    visit.go(page, site)
    return page


def picture(
    page: Page, path: str, theme: str, size: tuple[int, int], *, whole: bool = False
) -> None:
    width, height = size
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": height})
    if whole:  # in a window as high as the page, so that a sticky bar is at its end
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": width, "height": height})
    page.screenshot(path=path)


if __name__ == "__main__":
    main(sys.argv[1:])
