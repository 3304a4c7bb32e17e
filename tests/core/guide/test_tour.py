"""The live tour: what it shows is so, and who may see it."""

import html
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from core.guide.trials import CACHE_KEY, TRIALS
from core.sql import fetch_one
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
TOUR, INDEX = reverse("guide:tour"), reverse("guide:index")
BUTTON = f'<a class="button quiet" href="{TOUR}">'


def address_of(name: str) -> str:
    return reverse("guide:trial", args=[name])


def page_of(client: Client, trial: str, **data: str) -> str:
    answer = client.post(address_of(trial), data)
    assert answer.status_code == 200
    return answer.getvalue().decode()


def tried(client: Client, trial: str, **data: str) -> dict[str, str]:
    page = page_of(client, trial, **data)
    rows = re.findall(r'<th scope="row">(.*?)</th>\s*<td>(.*?)</td>', page, re.S)
    return {html.unescape(label): html.unescape(value) for label, value in rows}


@pytest.mark.parametrize("who", ["charlie", "bob"])
@pytest.mark.parametrize("address", [TOUR, f"{TOUR}session/", f"{TOUR}nothing/"])
def test_for_all_but_the_staff_there_is_no_such_page(who: str, address: str):
    visitor = Client(enforce_csrf_checks=True)
    if who == "bob":
        visitor.force_login(make_user("bob_reads"))
    for method in ("get", "head", "post", "put", "delete", "options"):
        assert getattr(visitor, method)(address).status_code == 404, method
    assert BUTTON not in visitor.get(INDEX).content.decode()


def test_the_index_leads_the_staff_there(dana_client: Client):
    assert BUTTON in dana_client.get(INDEX).content.decode()


def test_and_everybody_in_development(client: Client, settings: Any):
    settings.DEBUG = True
    assert BUTTON in client.get(INDEX).content.decode()
    assert client.get(TOUR).status_code == 200
    assert tried(client, "session")
    assert tried(client, "session")["visits, counted in it"] == "2"


def test_looking_tries_nothing(dana_client: Client):
    assert "<th" not in dana_client.get(TOUR).content.decode()
    assert dana_client.post(address_of("nothing")).status_code == 404
    assert dana_client.put(address_of("g")).status_code == 405


@pytest.mark.parametrize("name", TRIALS)
def test_a_trial_and_its_address_lead_to_its_place_on_the_page(dana_client: Client, name: str):
    page = dana_client.get(TOUR).content.decode()
    assert page.count(f'id="{name}"') == 1
    assert f'action="{address_of(name)}#{name}"' in page
    assert dana_client.get(address_of(name))["Location"] == f"{TOUR}#{name}"


def test_a_trial_can_be_left_by_a_change_of_language(dana_client: Client):
    next_page = re.search(r'name="next" value="(.+?)"', page_of(dana_client, "g"))
    assert next_page
    data = {"next": next_page[1], "language": "zh-hans"}
    answer = dana_client.post(reverse("language"), data, follow=True)
    assert answer.redirect_chain[-1] == (f"{TOUR}#g", 302)
    assert 'lang="zh-hans"' in answer.content.decode()


def test_a_trial_asks_for_the_token(dana_client: Client):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = dana_client.cookies
    assert strict.post(address_of("set")).status_code == 403
    assert cache.get(CACHE_KEY) is None
    token = re.search(
        r'name="csrfmiddlewaretoken" value="(.+?)"', strict.get(TOUR).content.decode()
    )
    assert token
    data = {"csrfmiddlewaretoken": token[1]}
    assert strict.post(address_of("set"), data).status_code == 200


def test_the_session_is_named_by_its_hash_and_never_by_its_id(dana_client: Client):
    rows = tried(dana_client, "session")
    session = dana_client.session
    assert session.id_hash[:40] in rows["kept under"]
    left, days = rows["time to live"].split(" s, ")
    assert 0 < int(left) <= settings.SESSION_COOKIE_AGE
    assert days == f"{settings.SESSION_COOKIE_AGE / 86400:.0f} days"
    assert "_auth_user_id" in rows["keys in it"]
    secret = dana_client.cookies[settings.SESSION_COOKIE_NAME].value
    page = page_of(dana_client, "session")
    assert secret not in page
    assert secret.partition(".")[0] not in page


def test_g_is_empty_in_each_request(dana_client: Client):
    for _time in range(2):
        assert tried(dana_client, "g")["g.tour when the request began"] == "not set"


def test_what_one_address_caches_the_other_reads(dana_client: Client):
    read = f'cache.get("{CACHE_KEY}")'
    assert tried(dana_client, "get") == {read: "None"}
    tried(dana_client, "set")
    rows = tried(dana_client, "get")
    assert rows[read] == "xxx"
    assert 55 <= int(rows["time to live"].removesuffix(" s")) <= 60


def test_a_signal_is_heard_up_to_the_receiver_that_fails(
    dana_client: Client, caplog: pytest.LogCaptureFixture
):
    assert tried(dana_client, "signal") == {
        "polite": "heard “ink” from /docs/try/",
        "clumsy": "ValueError: I always fail",
    }
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


def test_the_pool_is_watched_under_load(dana_client: Client):
    rows = tried(dana_client, "pool")
    if connection.vendor != "mysql":
        assert rows == {"pool": "none: this is not MySQL; “make stack” has one"}
        return
    states = list(rows.values())[:-1]
    assert any("6 of 6 in use" in state for state in states)
    assert any(re.search("[34] waiting", state) for state in states)
    assert all(state.startswith('<meter max="6" value="') for state in states)
    assert rows["gave up"] == "0"


@pytest.mark.django_db(transaction=True)
def test_a_reader_is_served_while_they_run_and_nothing_is_left_when_one_breaks_off():
    if connection.vendor != "mysql":
        pytest.skip("SQLite has no pool")
    from core.guide.pool_trial import slow_queries

    rows = slow_queries()
    assert "4 waiting" in next(rows)[1]
    with ThreadPoolExecutor(1) as other:
        reader = other.submit(fetch_one, "SELECT 1 AS one")
        served = next(state for _time, state in rows if reader.done())
        assert reader.result() == {"one": 1}
        assert "> 0 of" not in served  # the last four still run
    rows.close()
    again = slow_queries()
    assert next(again)[1].startswith("<meter")
    assert next(slow_queries())[1] == "another reader is trying it at the moment"
    again.close()


@pytest.mark.parametrize("cap", [*range(1, 13), 100])
def test_a_reader_waits_a_second_for_them_at_most(cap: int):
    from core.guide.pool_trial import QUERIES, pause_for

    queries_before_him = QUERIES // cap * pause_for(cap)
    assert queries_before_him <= 1
    assert pause_for(cap) >= 0.1


EMPTY_NAME = "The user name must not be empty."
LENGTH = "The user name must have 6 to 18 characters."
EMPTY = "The password must not be empty."
SHORT = "The password must have at least 8 characters."
LONG = "The password may have at most 4096 characters."
RULE = (
    "The password needs at least 8 characters, with at least one upper-case letter, one "
    "lower-case letter, one digit and one special character of $@!%*?&"
)
RULES = [EMPTY_NAME, LENGTH, EMPTY, SHORT, LONG, RULE]
KEPT, BROKEN, NOT_ASKED = "kept", "broken: the form says so", "not asked any more"


@pytest.mark.parametrize(
    ("name", "password", "broken"),
    [
        ("", "", {EMPTY_NAME, EMPTY}),
        ("lqz", "1234567", {LENGTH, SHORT}),
        ("a" * 19, "A" * 4097, {LENGTH, LONG}),
        ("alice_writes", "12345678", {RULE}),
        ("alice_writes", "密码密码密码密码Aa1$", {RULE}),
        ("lqz", PASSWORD, {LENGTH}),
        ("alice_writes", PASSWORD, set()),
    ],
)
def test_the_form_judges_rule_by_rule(
    dana_client: Client, name: str, password: str, broken: set[str]
):
    rows = tried(dana_client, "login", name=name, pwd=password)
    verdicts = {rule: rows[rule] for rule in RULES}
    assert {rule for rule, verdict in verdicts.items() if verdict == BROKEN} == broken
    for of_one_field in (RULES[:2], RULES[2:]):
        words = [verdicts[rule] for rule in of_one_field]
        order = {KEPT: 0, BROKEN: 1, NOT_ASKED: 2}
        assert words == sorted(words, key=order.__getitem__)
        assert (NOT_ASKED in words) <= (BROKEN in words)


def test_a_rule_that_is_not_listed_is_said_when_it_is_broken(dana_client: Client):
    no_null = "Null characters are not allowed."
    rows = tried(dana_client, "login", name="a\0bcdefg", pwd=PASSWORD)
    assert (rows[no_null], rows[LENGTH], rows[RULE]) == (BROKEN, KEPT, KEPT)
    assert no_null not in tried(dana_client, "login", name="alice_writes", pwd=PASSWORD)


def test_it_says_what_a_wrong_pair_and_too_many_attempts_are_told(dana_client: Client):
    rows = tried(dana_client, "login", name="alice_writes", pwd=PASSWORD)
    assert "this one was not looked for" in rows["User name or password is wrong."]
    assert rows["Too many attempts. Try again in 5 minutes."] == "after 10 attempts"


def test_a_pair_is_judged_and_forgotten(dana_client: Client, caplog: pytest.LogCaptureFixture):
    make_user("alice_writes")
    before = dict(dana_client.session)
    for _time in range(12):  # more than may be attempted
        page = page_of(dana_client, "login", name="alice_writes", pwd=PASSWORD)
        assert "alice_writes" not in page and PASSWORD not in page
    assert dict(dana_client.session) == before
    assert PASSWORD not in caplog.text
    data = {"name": "alice_writes", "pwd": PASSWORD}
    assert Client().post(reverse("accounts:login"), data).status_code == 302


def test_a_pair_is_not_told_to_who_reads_the_error(
    dana_client: Client, monkeypatch: pytest.MonkeyPatch
):
    def fail(name: str, password: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("accounts.login_form_trial.judged", fail)
    dana_client.raise_request_exception = False
    answer = dana_client.post(address_of("login"), {"name": "alice_writes", "pwd": PASSWORD})
    assert answer.status_code == 500
    assert answer.wsgi_request.sensitive_post_parameters == ("name", "pwd")
