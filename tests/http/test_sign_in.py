"""Signing in and out over real HTTP."""

import httpx
import pytest

from tests.page import Page
from tests.site import HOST, PASSWORD, Site, Visitor

pytestmark = pytest.mark.http


def test_the_form_is_empty_and_styled(charlie: Visitor):
    inputs = charlie.page("/login").form_with("pwd")
    assert not inputs["name"].get("value") and not inputs["pwd"].get("value")
    assert "form-control" in inputs["name"]["class"].split()
    assert inputs["pwd"]["type"] == "password"
    assert {"remember", "next"} <= inputs.keys()


def test_the_right_password_signs_in(charlie: Visitor):
    answer = charlie.sign_in("bob_reads")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert charlie.get("/articles/mine/").status_code == 200


def test_a_name_is_known_in_any_case(charlie: Visitor):
    assert charlie.sign_in("Bob_READS").status_code == 302


def test_a_wrong_password_keeps_the_name_and_echoes_no_password(charlie: Visitor):
    answer = charlie.sign_in("bob_reads", "Wrong&Password1$")
    page = Page(answer.text)
    assert answer.status_code == 200
    assert page.form_with("pwd")["name"]["value"] == "bob_reads"
    assert "Wrong&Password1$" not in page.text and "Wrong" not in answer.text
    assert "wrong" in page.text
    assert charlie.get("/articles/mine/").status_code == 302


def test_every_failure_says_the_same(charlie: Visitor):
    known = charlie.sign_in("bob_reads", "Wrong&Password1$").text
    unknown = charlie.sign_in("unknown_name", "Wrong&Password1$").text
    assert Page(known).text == Page(unknown).text


@pytest.mark.parametrize(
    ("name", "password", "field"),
    [
        ("", PASSWORD, "name"),
        ("short", PASSWORD, "name"),
        ("n" * 19, PASSWORD, "name"),
        ("bob_reads", "", "pwd"),
        ("bob_reads", "Short1$", "pwd"),
        ("bob_reads", "no-upper-case-1$", "pwd"),
    ],
)
def test_a_form_error_stands_beside_its_field(
    charlie: Visitor, name: str, password: str, field: str
):
    answer = charlie.sign_in(name, password)
    page = Page(answer.text)
    assert answer.status_code == 200
    assert page.error_of(field)
    assert not page.error_of({"name": "pwd", "pwd": "name"}[field])
    assert not password or password not in answer.text


def test_next_leads_back_to_this_site(charlie: Visitor):
    assert charlie.sign_in("bob_reads", next="/articles/mine/").headers["Location"] == (
        "/articles/mine/"
    )


def test_next_survives_a_failed_attempt(charlie: Visitor):
    target = "/articles/new/"
    first = charlie.page(f"/login?next={target}")
    again = Page(charlie.sign_in("bob_reads", "Wrong&Password1$", next=target).text)
    for page in (first, again):
        assert page.form_with("pwd")["next"]["value"] == target


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example/",
        "http://evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "///evil.example",
        "javascript:alert(1)",
        "https:evil.example",
        "http://inkpool.test@evil.example/",
        "/\t/evil.example",
    ],
)
def test_next_never_leads_away(charlie: Visitor, target: str):
    assert charlie.sign_in("bob_reads", next=target).headers["Location"] == "/"


def test_a_post_without_token_is_refused(charlie: Visitor):
    answer = charlie.post("/login", data={"name": "bob_reads", "pwd": PASSWORD})
    assert answer.status_code == 403
    assert "sessionid" not in charlie.cookies


def test_signing_in_again_changes_the_session(charlie: Visitor):
    charlie.sign_in("bob_reads")
    first = charlie.cookies["sessionid"]
    charlie.sign_in("bob_reads")
    assert charlie.cookies["sessionid"] != first


def test_the_box_decides_whether_the_cookie_outlives_the_browser(charlie: Visitor):
    assert "max-age" not in session_cookie(charlie.sign_in("bob_reads"))
    assert "max-age" in session_cookie(charlie.sign_in("bob_reads", remember="on"))


def session_cookie(answer: httpx.Response) -> str:
    cookies = answer.headers.get_list("Set-Cookie")
    return next(cookie for cookie in cookies if cookie.startswith("sessionid=")).lower()


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(charlie: Visitor):
    cookie = session_cookie(charlie.sign_in("bob_reads"))
    assert "httponly" in cookie and "samesite=lax" in cookie


def test_signing_out_is_a_post(bob: Visitor):
    assert bob.get("/logout").status_code == 405
    assert bob.get("/articles/mine/").status_code == 200


def test_signing_out_ends_the_session(charlie: Visitor):
    charlie.sign_in("bob_reads")
    kept = charlie.cookies["sessionid"]
    assert charlie.submit("/logout", {}, form="/").status_code == 302
    charlie.cookies.clear()
    charlie.cookies.set("sessionid", kept, domain=HOST)
    assert charlie.get("/articles/mine/").status_code == 302


def test_an_account_made_by_the_command_signs_in(site: Site, charlie: Visitor):
    done = site.manage("create_user", "newcomer", DJANGO_USER_PASSWORD=PASSWORD)
    assert done.returncode == 0, done.stderr
    assert charlie.sign_in("newcomer").status_code == 302
    site.shell("from accounts.models import User; User.objects.get(username='newcomer').delete()")
