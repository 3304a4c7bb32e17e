"""A page that is being made for an anonymous visitor, and whether it may be kept."""

import threading
from typing import Any

from django.http import HttpResponse

from core.page_cache.entries import VARY, Page

FILL = "inkpool.fill"  # its key in the environ


class Fill:
    """A page being made: the generations before, its language, until when it may be shown."""

    def __init__(self, stamp: bytes, language: str) -> None:
        self.stamp, self.language = stamp, language
        self.until: float | None = None
        self.done = threading.Event()
        self.failed = False  # by a 503

    def page(self, response: Any) -> Page | None:
        """The page, if it may be kept: it must be in the language of its key."""
        if self.until is None or not is_same_for_all(response):
            return None
        if response.get("Content-Language") != self.language:
            return None
        return Page(response, self.stamp, self.until)


def is_same_for_all(response: Any) -> bool:
    if not isinstance(response, HttpResponse) or response.status_code != 200 or response.cookies:
        return False
    if response.has_header("Set-Cookie") or response.has_header("Content-Encoding"):
        return False
    control = response.get("Cache-Control", "").lower()
    varies = {each.strip().lower() for each in response.get("Vary", "").split(",")}
    return "private" not in control and "no-store" not in control and varies <= VARY
