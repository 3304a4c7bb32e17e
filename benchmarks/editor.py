"""The part editor: what a key costs in the editor of a long text, beside a bare textarea.

Both pages are open in one Chromium and take turns in each round. Needs no Flask, but a site of its
own, with SQLite.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, CDPSession, Page

from benchmarks.machine import machine
from benchmarks.report import Report, Row, Section, rounds_in_words
from benchmarks.team import Tell
from tests.browser.site import chromium, context_of, loopback_site

CHARACTERS = 100_000
KEYS = 40  # of a round and a page
TURN = 1.0  # seconds of rest before a page's turn, so that its preview and timers have ended
BARE, OURS = "bare textarea", "our editor"
AUTHOR = "alice_writes"
LINE = "- Words of a line in a list, as long as lines of prose are: 也有中文。\n"
BARE_PAGE = '<!doctype html><textarea name="body" rows="24" cols="80"></textarea>'
CASES = {
    "A letter": ("a", "KeyA"),
    "Enter in a list": ("Enter", "Enter"),
    "Backspace": ("Backspace", "Backspace"),
}
NOTE = (
    "Main thread time of the page (scripts, style, layout, painting) divided by the keys, at the "
    "middle of the text. The editor also continues the list at Enter. Goal: at most 1.5 ×."
)


def measure(rounds: int, tell: Tell) -> Report:
    with chromium() as browser, pages(browser) as typed:
        sections = [
            section(title, key, code, typed, rounds, tell) for title, (key, code) in CASES.items()
        ]
        where = machine(Chromium=browser.version)
    method = f"A text of {CHARACTERS:,} characters; {KEYS} keys a round. {rounds_in_words(rounds)}"
    return Report("editor", "A key in the editor", where, method, sections)


@contextmanager
def pages(browser: Browser) -> Iterator[dict[str, Page]]:
    with loopback_site() as site, browser.new_context() as plain:
        bare = plain.new_page()
        bare.set_content(BARE_PAGE)
        editor = context_of(browser, site, AUTHOR).new_page()
        editor.goto("/articles/new/")
        editor.locator(".editor-box").wait_for()
        yield {BARE: bare, OURS: editor}
        editor.context.close()


def section(
    title: str, key: str, code: str, typed: dict[str, Page], rounds: int, tell: Tell
) -> Section:
    rows = {label: Row(label, []) for label in typed}
    clients = {label: client_of(page) for label, page in typed.items()}
    for number in range(rounds + 1):
        tell(f"{title}, round {number} of {rounds}")
        for label, page in typed.items():
            cost = cost_of_key(page, clients[label], key, code)
            if number:  # the first one warms up
                rows[label].figures.append(cost)
    return Section(title, "a key", "ms", NOTE, list(rows.values()), BARE, "bare textarea = 1")


def client_of(page: Page) -> CDPSession:
    client = page.context.new_cdp_session(page)
    client.send("Performance.enable")
    return client


def cost_of_key(page: Page, client: CDPSession, key: str, code: str) -> float:
    """Milliseconds of the main thread for each of KEYS keys."""
    page.bring_to_front()
    field = page.locator("[name=body]")
    field.fill(LINE * (CHARACTERS // len(LINE)))
    field.evaluate(AT_THE_MIDDLE)
    page.wait_for_timeout(1000 * TURN)
    before = task_seconds(client)
    for _ in range(KEYS):
        press(client, key, code)
    return (task_seconds(client) - before) / KEYS * 1000


def press(client: CDPSession, key: str, code: str) -> None:
    text = {"Enter": "\r", "Backspace": ""}.get(key, key)
    virtual = {"Enter": 13, "Backspace": 8}.get(key, ord(key[0].upper()))
    event = {"key": key, "code": code, "windowsVirtualKeyCode": virtual}
    down = "keyDown" if text else "rawKeyDown"
    client.send("Input.dispatchKeyEvent", {"type": down, "text": text, **event})
    client.send("Input.dispatchKeyEvent", {"type": "keyUp", **event})


def task_seconds(client: CDPSession) -> float:
    metrics = client.send("Performance.getMetrics")["metrics"]
    return float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))


AT_THE_MIDDLE = """field => {
    const end = field.value.indexOf("\\n", field.value.length / 2);
    field.focus();
    field.setSelectionRange(end, end);
}"""
