import pytest
from django.core.cache import cache

from accounts.login_guard import (
    ACCOUNT,
    ACCOUNT_AT_ADDRESS,
    ADDRESS,
    PASSWORD_ON_ACCOUNT,
    count_attempt,
    reset_attempts,
)
from accounts.login_guard import PASSWORD as ONE_PASSWORD
from core.http import attempts
from core.http.models import AttemptLog
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
MOST = ACCOUNT_AT_ADDRESS.attempts


@pytest.fixture(autouse=True)
def one_window(monkeypatch):
    """Empty counters, and a clock that stands still."""
    cache.clear()
    monkeypatch.setattr(attempts.time, "time", lambda: 3_600_000_100.0)
    yield
    cache.clear()


def test_attempt_over_the_limit_waits_until_the_first_leaves_the_window():
    assert [count_attempt("alice_writes", "10.0.0.1") for _ in range(MOST)] == [0] * MOST
    assert count_attempt("alice_writes", "10.0.0.1") == 300


def test_spellings_of_one_name_count_as_one():
    for spelling in ("alice_writes", "ALICE_WRITES", "alicé_writes", "Ａlice_writes") * MOST:
        count_attempt(spelling, "10.0.0.1")
    assert count_attempt("Alice_writes", "10.0.0.1") > 0


def test_other_accounts_and_addresses_are_not_limited():
    for _ in range(MOST + 1):
        count_attempt("alice_writes", "10.0.0.1")
    assert count_attempt("robert", "10.0.0.1") == 0
    assert count_attempt("alice_writes", "10.0.0.2") == 0


def test_an_address_that_tries_many_names_is_stopped():
    for number in range(ADDRESS.attempts):
        assert count_attempt(f"user{number}", "10.0.0.1") == 0
    assert count_attempt("another", "10.0.0.1") > 0


def test_an_account_tried_from_many_addresses_is_stopped():
    for number in range(ACCOUNT.attempts):
        assert count_attempt("alice_writes", f"10.0.{number}.1") == 0
    assert count_attempt("alice_writes", "10.1.0.1") > 0


def test_addresses_of_one_ipv6_network_count_as_one():
    for number in range(MOST):
        count_attempt("alice_writes", f"2001:db8::{number + 1:x}")
    assert count_attempt("alice_writes", "2001:db8::ffff") > 0
    assert count_attempt("alice_writes", "2001:db8:0:1::1") == 0


def test_success_resets_the_account_at_its_address():
    for _ in range(MOST):
        count_attempt("alice_writes", "10.0.0.1")
    reset_attempts("ALICE_WRITES", "10.0.0.1")
    assert count_attempt("alice_writes", "10.0.0.1") == 0


def test_form_shows_the_wait_and_refuses_the_right_password(client):
    make_user("alice_writes")
    for _ in range(MOST):
        assert (
            client.post("/login", {"name": "alice_writes", "pwd": "Wrong2026$!"}).status_code == 200
        )
    answer = client.post("/login", {"name": "alice_writes", "pwd": PASSWORD})
    assert (answer.status_code, answer["Retry-After"]) == (429, "300")
    assert "Try again in 5 minutes." in answer.content.decode()


def test_the_admin_uses_the_same_form(client):
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == "/login?next=%2Fadmin%2F"


def test_a_refused_attempt_uses_up_no_other_limit():
    for _ in range(ACCOUNT.attempts + 1):
        count_attempt("alice_writes", "10.0.0.1")
    assert count_attempt("alice_writes", "10.0.0.2") == 0


def test_json_client_gets_problem_json(client):
    for _ in range(MOST + 1):
        answer = client.post(
            "/login", {"name": "alice_writes", "pwd": "Wrong2026$!"}, HTTP_ACCEPT="application/json"
        )
    assert answer.status_code == 429
    assert answer["Content-Type"] == "application/problem+json"


def test_one_password_on_many_accounts_is_stopped():
    for number in range(ONE_PASSWORD.attempts):
        assert count_attempt(f"user{number}", f"10.0.{number}.1", "Summer2026$") == 0
    assert count_attempt("another", "10.1.0.1", "Summer2026$") > 0
    assert count_attempt("another", "10.1.0.1", "Winter2026$") == 0


def test_one_password_on_one_account_counts_once():
    for number in range(2 * ONE_PASSWORD.attempts):
        assert count_attempt("alice_writes", f"10.0.{number}.1", "Summer2026$") == 0


def test_success_takes_its_own_try_of_the_password_back_only():
    for number in range(ONE_PASSWORD.attempts):
        count_attempt(f"user{number}", f"10.0.{number}.1", "Summer2026$")
    reset_attempts("user7", "10.0.7.1", "Summer2026$")
    assert count_attempt("another", "10.1.0.1", "Summer2026$") == 0
    assert count_attempt("further", "10.1.0.2", "Summer2026$") > 0


def test_sign_ins_at_once_take_a_password_back_once():
    """The account of an attacker, whose password is tried on other accounts too."""
    for number in range(ONE_PASSWORD.attempts - 1):
        count_attempt(f"user{number}", f"10.0.{number}.1", "Summer2026$")
    for _ in range(2):
        count_attempt("attacker", "10.2.0.1", "Summer2026$")
    for _ in range(2):
        reset_attempts("attacker", "10.2.0.1", "Summer2026$")
    assert count_attempt("another", "10.1.0.1", "Summer2026$") == 0
    assert count_attempt("further", "10.1.0.2", "Summer2026$") > 0


def test_tried_passwords_are_not_stored(settings):
    settings.INKPOOL_CACHE_URL = None
    count_attempt("alice_writes", "10.0.0.1", "Summer2026$")
    keys = " ".join(AttemptLog.objects.values_list("key", flat=True))
    assert f"attempts:{PASSWORD_ON_ACCOUNT.name}:" in keys
    assert "Summer2026$" not in keys
    settings.SECRET_KEY = "another" * 10
    count_attempt("alice_writes", "10.0.0.1", "Summer2026$")
    assert AttemptLog.objects.filter(key__startswith="attempts:password:").count() == 2
