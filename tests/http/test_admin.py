"""The admin over real HTTP: Dana is staff."""

import pytest

from tests.page import Page
from tests.site import Visitor

pytestmark = pytest.mark.http
ARTICLES = "/admin/articles/article/"


def choose(dana: Visitor, action: str, address: str) -> None:
    number = address.split("/")[2]
    data = {"action": action, "_selected_action": number, "reason": "For now."}
    assert dana.submit(ARTICLES, data).status_code == 302


def test_staff_signs_in_and_comes_back_to_the_admin(charlie: Visitor):
    form = Page(charlie.get("/admin/", follow_redirects=True).text).form_with("pwd")
    answer = charlie.sign_in("dana_staff", next=form["next"]["value"])
    assert answer.headers["Location"] == "/admin/"
    assert charlie.get("/admin/").status_code == 200


def test_who_is_not_staff_is_kept_out(bob: Visitor, charlie: Visitor):
    assert bob.get("/admin/").status_code == 302
    assert charlie.get("/admin/").status_code == 302


def test_hiding_and_publishing(alice: Visitor, charlie: Visitor, dana: Visitor):
    address = alice.write(title="Judged by Dana")
    choose(dana, "hide", address)
    assert charlie.get(address).status_code == 404
    choose(dana, "publish", address)
    assert charlie.get(address).status_code == 200


def test_articles_are_found_by_title(alice: Visitor, dana: Visitor):
    alice.write(title="Needle 针")
    assert "Needle 针" in dana.page(f"{ARTICLES}?q=针").text


@pytest.mark.parametrize(
    "path",
    ["/admin/", ARTICLES, f"{ARTICLES}add/", "/admin/articles/tag/", "/admin/accounts/user/"],
)
def test_every_page_opens(dana: Visitor, path: str):
    dana.page(path)


def test_an_article_is_changed(alice: Visitor, charlie: Visitor, dana: Visitor):
    address = alice.write(title="Before Dana")
    change = f"{ARTICLES}{address.split('/')[2]}/change/"
    values = dana.page(change).form_with("title")
    data = {
        name: field["value"]
        for name, field in values.items()
        if "value" in field and not name.startswith("_")  # no button, nothing that is not chosen
    }
    data |= {"title": "After Dana", "body": "New.", "status": "published"}
    assert dana.submit(change, {**data, "_save": ""}).status_code == 302
    assert "After Dana" in Page(charlie.get(address, follow_redirects=True).text).text
