"""The main job over real HTTP: Alice writes, Charlie reads, Bob may not touch it."""

from urllib.parse import unquote

import pytest

from tests.page import Page
from tests.site import Visitor

pytestmark = pytest.mark.http


def test_front_page_answers_an_anonymous_visitor(charlie: Visitor):
    assert "/login" in charlie.page("/").links


def test_from_draft_to_reader(alice: Visitor, charlie: Visitor):
    title = "连接池 from draft to reader"
    address = alice.write("save", title=title, body="Some **bold** text", tags="Django, 缓存")
    assert "连接池" in unquote(address)
    assert charlie.get(address).status_code == 404
    assert address not in charlie.page("/").links

    assert alice.submit(f"{own(address)}publish/", {}, form=address).status_code == 302
    page = charlie.get(address)
    assert page.status_code == 200
    assert "<strong>bold</strong>" in page.text and title in Page(page.text).text
    assert address in charlie.page("/").links
    assert address in charlie.page("/articles").links

    assert alice.submit(f"{own(address)}withdraw/", {}, form=address).status_code == 302
    assert charlie.get(address).status_code == 404


def own(address: str) -> str:
    """The part of an article's address below which its author's pages stand."""
    return "/".join(address.split("/")[:3]) + "/"


def test_publishing_at_once(alice: Visitor, charlie: Visitor):
    assert charlie.get(alice.write("publish", title="At once")).status_code == 200


def test_an_edit_is_read_at_once(alice: Visitor, charlie: Visitor):
    address = alice.write(title="Before the edit", body="Old words.")
    edit = f"{own(address)}edit/"
    assert alice.page(edit).form_with("title")["title"]["value"] == "Before the edit"
    fields = {"title": "After the edit", "tags": "", "summary": "", "body": "New words."}
    new_address = alice.submit(edit, {**fields, "save": ""}).headers["Location"]
    assert "New words." in Page(charlie.get(new_address).text).text
    old = charlie.get(address)
    assert (old.status_code, old.headers["Location"]) == (301, new_address)


def test_a_wrong_slug_leads_to_the_right_one(alice: Visitor, charlie: Visitor):
    address = alice.write(title="The right slug")
    answer = charlie.get(f"{own(address)}the-wrong-one/")
    assert (answer.status_code, answer.headers["Location"]) == (301, address)


def test_an_incomplete_article_comes_back_with_its_errors(alice: Visitor):
    fields = {"title": "", "tags": "one", "summary": "", "body": "Words not to be lost."}
    answer = alice.submit("/articles/new/", {**fields, "save": ""})
    page = Page(answer.text)
    assert answer.status_code == 200
    assert page.error_of("title") and not page.error_of("body")
    assert "Words not to be lost." in page.text


def test_deleting_asks_first(alice: Visitor, charlie: Visitor):
    address = alice.write(title="To be deleted")
    delete = f"{own(address)}delete/"
    assert alice.get(delete).status_code == 200
    assert charlie.get(address).status_code == 200
    assert alice.submit(delete, {}).status_code == 302
    assert charlie.get(address).status_code == 404


@pytest.mark.parametrize("page", ["edit", "delete"])
def test_others_do_not_find_an_authors_pages(alice: Visitor, bob: Visitor, page: str):
    address = alice.write(title="Alice's own")
    assert bob.get(f"{own(address)}{page}/").status_code == 404


@pytest.mark.parametrize("action", ["edit", "delete", "publish", "withdraw"])
def test_others_cannot_change_an_article(alice: Visitor, bob: Visitor, action: str):
    address = alice.write(title="Still Alice's")
    fields = {"title": "Bob's now", "body": "Bob was here", "save": ""}
    assert bob.submit(f"{own(address)}{action}/", fields, form="/").status_code == 404
    assert "Still Alice's" in Page(bob.get(address).text).text


def test_anonymous_visitor_is_sent_to_sign_in_and_back(charlie: Visitor):
    answer = charlie.get("/articles/new/")
    assert answer.headers["Location"] == "/login?next=/articles/new/"


def test_scripts_in_an_article_do_not_reach_the_reader(alice: Visitor, charlie: Visitor):
    body = "<script>alert(1)</script><img src=x onerror=alert(1)> [a](javascript:alert(1))"
    text = charlie.get(alice.write(title="Harmless", body=body)).text
    assert "alert(1)</script>" not in text and "onerror" not in text
    assert 'href="javascript:' not in text
