"""The live tour: its access, and the rows of its trials."""

import html
import logging
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from core.guide.trial_code import source_of
from core.guide.trials import CACHE_KEY, TRIALS
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
TOUR, INDEX = reverse("guide:tour"), reverse("guide:index")
BUTTON = f'<a class="button button-quiet" href="{TOUR}">'


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
def test_tour_is_404_except_for_staff(who: str, address: str):
    visitor = Client(enforce_csrf_checks=True)
    if who == "bob":
        visitor.force_login(make_user("bob_reads"))
    for method in ("get", "head", "post", "put", "delete", "options"):
        assert getattr(visitor, method)(address).status_code == 404, method
    assert BUTTON not in visitor.get(INDEX).content.decode()


def test_index_links_staff_to_the_tour(dana_client: Client):
    assert BUTTON in dana_client.get(INDEX).content.decode()


def test_everybody_sees_the_tour_in_development(client: Client, settings: Any):
    settings.DEBUG = True
    assert BUTTON in client.get(INDEX).content.decode()
    assert client.get(TOUR).status_code == 200
    assert tried(client, "session")
    assert tried(client, "session")["visits, counted in it"] == "2"


def test_get_runs_no_trial(dana_client: Client):
    assert "<th" not in dana_client.get(TOUR).content.decode()
    assert dana_client.post(address_of("nothing")).status_code == 404
    assert dana_client.put(address_of("g")).status_code == 405


@pytest.mark.parametrize("name", TRIALS)
def test_trial_links_to_its_section(dana_client: Client, name: str):
    page = dana_client.get(TOUR).content.decode()
    assert page.count(f'id="{name}"') == 1
    assert f'action="{address_of(name)}#{name}"' in page
    assert dana_client.get(address_of(name))["Location"] == f"{TOUR}#{name}"


@pytest.mark.parametrize("name", TRIALS)
def test_code_of_both_sides_stands_beside_the_trial(dana_client: Client, name: str):
    page = text_of(dana_client.get(TOUR).content.decode())
    section = page[page.index(f"The code that runs here, {name}") :]
    here, _, flask = section.partition(f"The same in Flask, {name}")
    for dotted in TRIALS[name].code:
        assert re.search(rf"(def|class) {dotted.rpartition('.')[2]}\b", here), dotted
    program = Path(settings.BASE_DIR, "templates", "guide", "flask", f"{name}.py").read_text()
    assert program.strip() in flask
    compile(program, name, "exec")


def text_of(page: str) -> str:
    """The page without tags, but with the labels of its sections."""
    labelled = re.sub(r'<section aria-label="([^"]+)">', r"\n\1\n", page)
    return html.unescape(re.sub(r"<[^>]+>", "", labelled))


def test_source_of_an_unknown_name_is_refused():
    with pytest.raises(LookupError, match="nothing"):
        source_of("core.guide.trials.nothing")


def test_change_of_language_redirects_to_the_trial(dana_client: Client):
    next_page = re.search(r'name="next" value="(.+?)"', page_of(dana_client, "g"))
    assert next_page
    data = {"next": next_page[1], "language": "zh-hans"}
    answer = dana_client.post(reverse("language"), data, follow=True)
    assert answer.redirect_chain[-1] == (f"{TOUR}#g", 302)
    assert 'lang="zh-hans"' in answer.content.decode()


def test_trial_needs_a_csrf_token(dana_client: Client):
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


def test_session_is_shown_by_hash_never_by_id(dana_client: Client):
    rows = tried(dana_client, "session")
    session = dana_client.session
    assert session.id_hash[:40] in rows["key in the store"]
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


def test_cached_value_is_read_by_the_other_trial(dana_client: Client):
    read = f'cache.get("{CACHE_KEY}")'
    assert tried(dana_client, "get") == {read: "None"}
    tried(dana_client, "set")
    rows = tried(dana_client, "get")
    assert rows[read] == "xxx"
    assert 55 <= int(rows["time to live"].removesuffix(" s")) <= 60


def test_signal_reaches_receivers_up_to_the_failing_one(
    dana_client: Client, caplog: pytest.LogCaptureFixture
):
    assert tried(dana_client, "signal") == {
        "polite": "received “ink” from /docs/try/",
        "clumsy": "ValueError: I always fail",
    }
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


EMPTY_NAME = "The user name must not be empty."
LENGTH = "The user name must have 6 to 18 characters."
EMPTY = "The password must not be empty."
SHORT = "The password must have at least 8 characters."
LONG = "The password may have at most 4096 characters."
RULE = (
    "The password needs at least 8 characters, with at least one upper-case letter, one "
    "lower-case letter, one digit and one special character ($@!%*?&). Its first 8 characters "
    "are letters from A to Z, digits and these special characters only; any may follow."
)
RULES = [EMPTY_NAME, LENGTH, EMPTY, SHORT, LONG, RULE]
KEPT, BROKEN, NOT_CHECKED = "kept", "broken: the form shows this message", "not checked any more"


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
def test_form_is_judged_rule_by_rule(
    dana_client: Client, name: str, password: str, broken: set[str]
):
    rows = tried(dana_client, "login", name=name, pwd=password)
    verdicts = {rule: rows[rule] for rule in RULES}
    assert {rule for rule, verdict in verdicts.items() if verdict == BROKEN} == broken
    for of_one_field in (RULES[:2], RULES[2:]):
        words = [verdicts[rule] for rule in of_one_field]
        order = {KEPT: 0, BROKEN: 1, NOT_CHECKED: 2}
        assert words == sorted(words, key=order.__getitem__)
        assert (NOT_CHECKED in words) <= (BROKEN in words)


def test_broken_unlisted_rule_is_shown(dana_client: Client):
    no_null = "Null characters are not allowed."
    rows = tried(dana_client, "login", name="a\0bcdefg", pwd=PASSWORD)
    assert (rows[no_null], rows[LENGTH], rows[RULE]) == (BROKEN, KEPT, KEPT)
    assert no_null not in tried(dana_client, "login", name="alice_writes", pwd=PASSWORD)


def test_errors_after_the_rules_are_shown(dana_client: Client):
    rows = tried(dana_client, "login", name="alice_writes", pwd=PASSWORD)
    assert "not looked up here" in rows["User name or password is wrong."]
    assert rows["Too many attempts. Try again in 5 minutes."] == "after 10 attempts"


def test_name_and_password_are_not_stored(dana_client: Client, caplog: pytest.LogCaptureFixture):
    make_user("alice_writes")
    before = dict(dana_client.session)
    for _time in range(12):  # more than the limit of attempts
        page = page_of(dana_client, "login", name="alice_writes", pwd=PASSWORD)
        assert "alice_writes" not in page and PASSWORD not in page
    assert dict(dana_client.session) == before
    assert PASSWORD not in caplog.text
    data = {"name": "alice_writes", "pwd": PASSWORD}
    assert Client().post(reverse("accounts:login"), data).status_code == 302


def test_error_report_hides_name_and_password(dana_client: Client, monkeypatch: pytest.MonkeyPatch):
    def fail(name: str, password: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("accounts.login_form_trial.judged", fail)
    dana_client.raise_request_exception = False
    answer = dana_client.post(address_of("login"), {"name": "alice_writes", "pwd": PASSWORD})
    assert answer.status_code == 500
    assert answer.wsgi_request.sensitive_post_parameters == ("name", "pwd")
