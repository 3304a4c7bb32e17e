"""A session that gets another id while the same browser has requests under way."""

from collections.abc import Iterator

import httpx
import pytest

from tests.faults.sessions_site import PRIVATE, FaultySite, served, together, token, visit
from tests.site import HOST, PASSWORD

pytestmark = pytest.mark.http
NEW = "Writing&Reading2026$"


def end_others(number: int) -> tuple[str, dict[str, str]]:
    return "/account/sessions/end/", {}


def change_password(number: int) -> tuple[str, dict[str, str]]:
    """There and back again, round by round."""
    old, new = (PASSWORD, NEW) if number % 2 == 0 else (NEW, PASSWORD)
    return "/account/password/", {"old_pwd": old, "pwd": new, "pwd_again": new}


@pytest.fixture(scope="module", params=["redis", pytest.param("embedded", marks=pytest.mark.soak)])
def site(request, static_files: None) -> Iterator[FaultySite]:
    with served(request.param, "gunicorn") as site:
        yield site


def handed(answers: list[httpx.Response]) -> tuple[list[str], list[str]]:
    """The session cookies that were set, and those that were taken back."""
    cookies = [cookie for answer in answers for cookie in answer.headers.get_list("Set-Cookie")]
    ours = [cookie.split(";")[0] for cookie in cookies if cookie.startswith("sessionid=")]
    gone = [cookie for cookie in ours if cookie == 'sessionid=""']
    return [cookie.partition("=")[2] for cookie in ours if cookie not in gone], gone


def lets_in(site: FaultySite, cookie: str) -> bool:
    with site.visitor() as alice:
        alice.cookies.set("sessionid", cookie, domain=HOST)
        return alice.get(PRIVATE).status_code == 200


def rotate(site: FaultySite, path: str, fields: dict[str, str], posts: int, reads: int):
    """What the answers did to the cookie of a browser that did all that at once."""
    with site.visitor() as alice:
        assert alice.get("/session/admit/").status_code == 200
        form = fields | token(alice)
        visits = [lambda browser: browser.post(path, data=form)] * posts
        answers = together(site, alice, [*visits, *[visit(PRIVATE)] * reads])
        answers += together(site, alice, [visit(PRIVATE)] * 2)  # later than the new cookie
    return answers, *handed(answers)


@pytest.mark.parametrize("rounds", [6, pytest.param(100, marks=pytest.mark.soak)])
def test_reads_under_way_do_not_take_the_new_cookie_back(site: FaultySite, rounds: int):
    for number in range(rounds):
        answers, given, gone = rotate(site, *end_others(number), posts=1, reads=6)
        assert answers[0].status_code == 302
        assert (len(given), gone) == (1, [])
        assert lets_in(site, given[0])


# An account has 100 attempts an hour, and each round of change_password is two.
@pytest.mark.parametrize("rounds", [2, pytest.param(40, marks=pytest.mark.soak)])
@pytest.mark.parametrize("form", [end_others, change_password])
def test_form_sent_twice_at_once_leaves_the_user_signed_in(site: FaultySite, form, rounds: int):
    for number in range(rounds):
        answers, given, gone = rotate(site, *form(number), posts=2, reads=2)
        assert {answer.status_code for answer in answers[:2]} <= {302, 400}
        assert (len(given), gone) == (1, [])
        assert lets_in(site, given[0])
