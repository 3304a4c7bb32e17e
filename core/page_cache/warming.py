"""Which pages `warm_cache` asks for. An app registers its own in AppConfig.ready():

warm_pages(Page("/articles/"), Page("/articles", accept="application/json"))
warm_sitemap("/sitemap.xml", newest_of="/sitemap-articles.xml")
"""

from typing import NamedTuple


class Page(NamedTuple):
    """`accept` is the Accept header that the page is asked for with."""

    path: str
    accept: str = "text/html"


class Sitemap(NamedTuple):
    """A sitemap index. Of the section `newest_of` only the first pages are asked for."""

    path: str
    newest_of: str = ""


pages: dict[Page, None] = {}  # in the order of their registration
sitemaps: dict[Sitemap, None] = {}


def warm_pages(*wanted: Page) -> None:
    """Register pages that are asked for before those of the sitemaps."""
    pages.update(dict.fromkeys(wanted))


def warm_sitemap(path: str, newest_of: str = "") -> None:
    """Register the sitemap index at `path`, whose pages are asked for.

    `newest_of` is the path of one of its sections, which lists its newest page first: of that one
    as many pages are asked for as `warm_cache --newest` says.
    """
    sitemaps[Sitemap(path, newest_of)] = None
