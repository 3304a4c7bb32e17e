"""System check of MIDDLEWARE: what pages in memory skip."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register

from core.page_cache.reader_pages import unknown_middleware


@register()
def skipped_middleware(**kwargs: Any) -> list[CheckMessage]:
    """core.W054: a middleware of an app does not run for pages in memory."""
    if not settings.INKPOOL_PAGE_CACHE:
        return []
    hint = (
        "If it changes nothing on a public page, neither its content nor its headers and cookies, "
        "declare it in AppConfig.ready(): core.page_cache.reader_pages.allow(middleware=[…]). If "
        "it has to see each request, set PAGE_CACHE=off."
    )
    return [
        Warning(
            f"MIDDLEWARE has {name!r}, which does not run when an anonymous visitor gets a page "
            "from memory; signed-in readers get none from memory because of it.",
            hint=hint,
            id="core.W054",
        )
        for name in unknown_middleware()
    ]
