"""Targets are at least 24 pixels high (WCAG 2.5.8), except links within a sentence."""

import pytest

from tests.browser.conftest import Tab
from tests.browser.site import LoopbackSite
from tests.browser.visits import VISITS

pytestmark = pytest.mark.browser
ONE_OF_EACH_KIND = [
    "front",
    "article-own",
    "list-2",
    "archive",
    "login-errors",
    "mine",
    "editor",
    "tag",
]
EACH = [
    pytest.param(name, marks=[] if name in ONE_OF_EACH_KIND else pytest.mark.soak)
    for name in VISITS
]
LOW = """() => {
    const all = document.querySelectorAll(
        "a, button, input:not([type=hidden]), select, textarea, summary");
    const inSentence = link => {
        const around = link.closest("p, li, td, th");
        return around && around.innerText.trim() !== link.innerText.trim()
            && (link.closest(".prose") || around.matches("main p:not(.meta, .actions)"));
    };
    return [...all]
        .filter(each => each.checkVisibility({ visibilityProperty: true }))
        .filter(each => !inSentence(each))
        .filter(each => each.getBoundingClientRect().height < 24)
        .map(each => each.outerHTML);
}"""


@pytest.mark.parametrize("name", EACH)
def test_targets_are_high_enough(tab: Tab, site: LoopbackSite, name: str):
    page = tab(VISITS[name].name)
    page.set_viewport_size({"width": 390, "height": 844})
    VISITS[name].go(page, site)
    assert page.evaluate(LOW) == []
