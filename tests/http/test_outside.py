"""What surrounds the pages: static files, security headers, errors, forged headers."""

import pytest

from tests.site import Visitor

pytestmark = pytest.mark.http


def test_static_files_are_kept_for_ever(charlie: Visitor):
    own = [path for path in charlie.page("/").assets if path.startswith("/static/")]
    assert own
    for path in own:
        answer = charlie.get(path)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "max-age=315360000, public, immutable"


@pytest.mark.parametrize("path", ["/", "/login", "/articles", "/no-such-page", "/article"])
def test_every_answer_has_a_policy(charlie: Visitor, path: str):
    headers = charlie.get(path).headers
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe-inline" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"


def test_not_found_is_a_page_for_browsers(charlie: Visitor):
    answer = charlie.get("/no-such-page")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


def test_not_found_is_a_problem_for_programs(charlie: Visitor):
    answer = charlie.get("/no-such-page", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 404


HUGE = [str(2**63 - 1), str(2**63), "9" * 30, pytest.param("9" * 400, id="9…"), "0"]


@pytest.mark.parametrize("number", HUGE)
@pytest.mark.parametrize("rest", ["a-slug/", "edit/", "delete/"])
def test_a_huge_number_is_not_found(alice: Visitor, number: str, rest: str):
    assert alice.get(f"/articles/{number}/{rest}").status_code == 404


@pytest.mark.parametrize("page", [*HUGE, "-1", "x", "", "1.5", "%00", "%ff", "９"])
def test_a_wrong_page_number_shows_a_page(charlie: Visitor, page: str):
    assert charlie.get(f"/articles?page={page}").status_code == 200


@pytest.mark.parametrize(
    "path", ["/articles/1/%00/", "/articles/1/%ff/", "/%ff", "/%00", "/?a=%00"]
)
def test_odd_bytes_break_nothing(charlie: Visitor, path: str):
    assert charlie.get(path).status_code < 500


def test_odd_bytes_in_a_form_break_nothing(charlie: Visitor):
    assert charlie.sign_in("bob\x00reads", "Pass\x00word1$").status_code == 200
    assert charlie.sign_in("😀" * 7).status_code == 200


def test_an_unknown_host_is_refused(charlie: Visitor):
    assert charlie.get("/", headers={"Host": "evil.example"}).status_code == 400


def test_path_headers_of_a_visitor_are_ignored(charlie: Visitor):
    """gunicorn accepts them on a socket file, and Django builds every link from them."""
    for forged in ({"SCRIPT_NAME": "/about"}, {"PATH_INFO": "/login"}):
        page = charlie.get("/about/", headers=forged)
        assert page.status_code == 200
        assert page.text == charlie.get("/about/").text


def test_forwarded_headers_of_a_visitor_are_ignored(charlie: Visitor):
    forged = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    answer = charlie.get("/articles/new/", headers=forged)
    assert answer.headers["Location"] == "/login?next=/articles/new/"
    assert "Strict-Transport-Security" not in answer.headers
