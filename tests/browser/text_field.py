"""The text field of the editor in browser tests."""

from playwright.sync_api import Locator, Page


def body(page: Page) -> Locator:
    return page.locator("[name=body]")


def write(page: Page, text: str, start: int | None = None, end: int | None = None) -> Locator:
    """Puts the text into the field and selects from `start` to `end`; without them, its end."""
    field = body(page)
    field.fill(text)
    start = len(text) if start is None else start
    field.evaluate("(field, range) => field.setSelectionRange(...range)", [start, end or start])
    return field
