"""The doors of accounts as an attacker sees them: what they tell, and what two at once get."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from statistics import median

import httpx
import pytest

from tests.page import Page
from tests.site import PASSWORD, Site, Visitor

pytestmark = pytest.mark.http
FORM = "/account/password/reset/"
ROUNDS = 20
NEW = "Another2026$!"
MAKE_KNOWN = f"""
from accounts.models import User
from django.contrib.auth.hashers import make_password
encoded = make_password({PASSWORD!r})
for number in range({ROUNDS}):
    name = f"known{{number:02}}"
    User.objects.create(username=name, email=f"{{name}}@example.org", password=encoded)
"""
MAKE_LINKS = """
from accounts.mail_links import RESET, make_link
from accounts.models import User
user = User.objects.get(username="known00")
print(make_link(RESET, user), make_link(RESET, user))
"""
MAKE_INVITATION = """
from datetime import timedelta
from django.utils import timezone
from accounts.mail_links import digest_of
from accounts.models import Invitation
Invitation.objects.create(
    digest=digest_of("token-of-{uses}"), note="N", most_uses={uses},
    expires_at=timezone.now() + timedelta(days=1),
)
"""


@pytest.fixture(scope="module")
def known(site: Site) -> None:
    """The accounts known00 to known19, with addresses."""
    site.shell(MAKE_KNOWN)


@pytest.fixture
def crowd(site: Site) -> Iterator[Callable[[int], list[Visitor]]]:
    with ExitStack() as stack:
        yield lambda number: [patient(stack.enter_context(site.visitor())) for _ in range(number)]


def patient(visitor: Visitor) -> Visitor:
    """The hashes of passwords wait for each other, on a busy machine for seconds."""
    visitor.timeout = 60.0
    return visitor


def timed(post: Callable[[], httpx.Response]) -> tuple[float, httpx.Response]:
    began = time.perf_counter()
    answer = post()
    return time.perf_counter() - began, answer


def at_once(*calls: Callable[[], httpx.Response]) -> list[httpx.Response]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return [each.result() for each in [pool.submit(call) for call in calls]]


def test_reset_tells_nothing_by_words_status_or_time(site: Site, known: None, charlie: Visitor):
    token = charlie.token(FORM)
    seconds: dict[str, list[float]] = {"known": [], "other": []}
    answers = set()
    for number in range(ROUNDS):
        for kind in seconds:  # in turn, so that the machine's load falls on both
            data = {**token, "email": f"{kind}{number:02}@example.org"}
            took, answer = timed(lambda data=data: charlie.post(FORM, data=data))
            seconds[kind].append(took)
            answers.add((answer.status_code, answer.headers["Location"], answer.text))
    assert len(answers) == 1
    ratio = median(seconds["known"]) / median(seconds["other"])
    assert 2 / 3 < ratio < 3 / 2


@pytest.mark.soak
def test_sign_in_tells_nothing_by_words_status_or_time(site: Site, known: None, charlie: Visitor):
    token = charlie.token("/login")
    seconds: dict[str, list[float]] = {"known": [], "other": []}
    answers = set()
    for number in range(ROUNDS):
        for kind in seconds:
            name = f"{kind}{number:02}"
            data = {**token, "name": name, "pwd": f"Wrong{kind}{number:02}$"}
            took, answer = timed(lambda data=data: charlie.post("/login", data=data))
            seconds[kind].append(took)
            answers.add((answer.status_code, Page(answer.text).text.replace(name, "NAME")))
    assert len({status for status, _text in answers}) == 1
    ratio = median(seconds["known"]) / median(seconds["other"])
    assert 2 / 3 < ratio < 3 / 2


def test_of_two_resets_at_once_one_sets_the_password(
    site: Site, known: None, crowd: Callable[[int], list[Visitor]]
):
    one, other = site.shell(MAKE_LINKS).split()
    links = [f"{FORM}{token}/" for token in (one, one, other)]
    visitors = crowd(3)
    tokens = [visitor.token(link) for visitor, link in zip(visitors, links, strict=True)]
    passwords = [f"{NEW}{number}" for number in range(3)]
    calls = [
        lambda v=v, link=link, data={**token, "pwd": pwd, "pwd_again": pwd}: v.post(link, data=data)
        for v, link, token, pwd in zip(visitors, links, tokens, passwords, strict=True)
    ]
    answers = at_once(*calls)
    assert sorted(answer.status_code for answer in answers) == [302, 410, 410]
    winner = passwords[[answer.status_code for answer in answers].index(302)]
    right = f"print(User.objects.get(username='known00').check_password({winner!r}))"
    assert site.shell(f"from accounts.models import User\n{right}") == "True"


@pytest.mark.parametrize("uses", [1, 2])
def test_invitation_makes_as_many_accounts_as_it_says_also_at_once(
    site: Site, crowd: Callable[[int], list[Visitor]], uses: int
):
    site.shell(MAKE_INVITATION.format(uses=uses))
    link, visitors = f"/invite/token-of-{uses}/", crowd(3)
    tokens = [visitor.token(link) for visitor in visitors]
    passwords = {"pwd": NEW, "pwd_again": NEW}
    calls = [
        lambda v=v, data={**token, **passwords, "username": f"invited{uses}{number}"}: v.post(
            link, data=data
        )
        for number, (v, token) in enumerate(zip(visitors, tokens, strict=True))
    ]
    answers = at_once(*calls)
    assert sorted(answer.status_code for answer in answers) == [302] * uses + [410] * (3 - uses)
    count = f"print(User.objects.filter(username__startswith='invited{uses}').count())"
    assert site.shell(f"from accounts.models import User\n{count}") == str(uses)
