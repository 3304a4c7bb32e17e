"""A user of a Flask application is signed in here by its signed cookie (FLASK_BRIDGE=cookie)."""

import re
from typing import Any

import pytest
import time_machine
from django.core.checks import run_checks
from django.db import OperationalError, connection
from django.test import Client

from accounts.flask_bridge import FLASK_USER_ID
from accounts.flask_checks import bridge_reaches_accounts
from accounts.models import LoginSession, User
from core.page_cache.page_key import lookup_of, preferences_of
from deploy.processes import ROOT
from tests.accounts.flask_side import (
    ALICE,
    bridge,
    browser,
    imported,
    name_shown,
    sign_in,
    signed,
    signed_id,
)
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def bridged(settings: Any) -> Any:
    bridge(settings, "cookie")
    preferences_of.cache_clear()
    yield settings
    preferences_of.cache_clear()


@pytest.fixture
def alice() -> User:
    return imported("alice_writes", "7")


def test_user_of_flask_is_signed_in_without_a_session_here(alice: User) -> None:
    client = browser(signed(ALICE))
    assert name_shown(client) == "alice_writes"
    assert client.get("/articles/new/").status_code == 200
    assert "sessionid" not in client.cookies
    assert not LoginSession.objects.exists()


def test_bridge_that_is_off_reads_no_cookie(alice: User, settings: Any) -> None:
    settings.INKPOOL_FLASK_COOKIE = None
    assert name_shown(browser(signed(ALICE))) == ""


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        signed(ALICE, key="another"),
        signed(ALICE, salt="another"),
        signed(ALICE)[:-1],
        signed(ALICE)[1:],
        signed(ALICE).replace(".", "", 1),
        signed(ALICE).rpartition(".")[0],
        signed_id("7"),
        signed([7]),
        signed("7"),
        signed({"_user_id": {" u": "7"}}),
        signed({"_user_id": True}),
        signed({"_user_id": 7.0}),
        signed({"_user_id": ["7"]}),
        signed({"_user_id": ""}),
        signed({"_user_id": "7" * 101}),
        signed({"_user_id": "8"}),
        signed({"_user_id": "7 "}),
        signed({"user_id": "7"}),
        signed({}),
        "x" * 5000,
        "\xe9" * 20,
        ".eJyrVgovLy8vLy8v.x.y",
    ],
)
def test_cookie_that_flask_did_not_sign_for_this_user_signs_nobody_in(
    alice: User, cookie: str
) -> None:
    assert name_shown(browser(cookie)) == ""


def test_cookie_that_is_sent_twice_signs_nobody_in(alice: User) -> None:
    imported("bob_reads", "8")
    twice = f"session={signed(ALICE)}; session={signed({'_user_id': '8'})}"
    answer = Client().get("/account/profile/", headers={"Cookie": twice})
    assert answer.status_code == 302


def test_number_is_read_as_the_same_id(alice: User) -> None:
    assert name_shown(browser(signed({"_user_id": 7}))) == "alice_writes"


def test_length_is_checked_before_the_signature(alice: User) -> None:
    assert name_shown(browser(signed(ALICE | {"pad": list(range(2000))}))) == ""
    assert name_shown(browser(signed(ALICE | {"pad": list(range(200))}))) == "alice_writes"


def test_signed_cookie_expires_with_session_lifetime(alice: User, settings: Any) -> None:
    with time_machine.travel(0, tick=False):
        cookie = signed(ALICE)
    with time_machine.travel(settings.SESSION_COOKIE_AGE, tick=False):
        assert name_shown(browser(cookie)) == "alice_writes"
    with time_machine.travel(settings.SESSION_COOKIE_AGE + 1, tick=False):
        assert name_shown(browser(cookie)) == ""


@pytest.mark.parametrize(
    "change",
    [
        {"is_active": False},
        {"is_staff": True},
        {"is_superuser": True},
        {"imported_from": "another"},
        {"imported_from": ""},
        {"imported_id": None},
        {"session_epoch": 1},
    ],
)
def test_account_that_the_bridge_must_not_open_stays_closed(
    alice: User, change: dict[str, Any]
) -> None:
    client = browser(signed(ALICE))
    assert name_shown(client) == "alice_writes"
    User.objects.filter(pk=alice.pk).update(**change)
    assert name_shown(client) == ""


def test_id_of_another_account_here_is_not_the_id_of_flask(alice: User) -> None:
    bob = make_user("bob_reads")
    assert name_shown(browser(signed({"_user_id": str(bob.pk)}))) == ""


def test_user_name_in_a_session_without_flask_login(alice: User, settings: Any) -> None:
    bridge(settings, "cookie", USER_MAP={"key": "user", "field": "username"})
    make_user("bob_reads")
    assert name_shown(browser(signed({"user": "alice_writes"}))) == "alice_writes"
    assert name_shown(browser(signed({"user": "bob_reads"}))) == ""


@pytest.mark.parametrize("name", ["Alice_Writes", "àlice_writes", "ａlice_writes", "alice_writes "])
def test_similar_name_may_be_another_user_of_flask(alice: User, settings: Any, name: str) -> None:
    bridge(settings, "cookie", USER_MAP={"field": "username"})
    assert name_shown(browser(signed({"_user_id": name}))) == ""


def test_sign_in_notes_the_id_of_flask(alice: User, settings: Any) -> None:
    client = Client()
    sign_in(client)
    assert client.session[FLASK_USER_ID] == "7"
    bridge(settings, "cookie", USER_MAP={"field": "username"})
    sign_in(client)
    assert client.session[FLASK_USER_ID] == "alice_writes"
    make_user("bob_reads")
    other = Client()
    sign_in(other, "bob_reads")
    assert FLASK_USER_ID not in other.session


def test_browser_with_the_cookie_of_flask_is_not_anonymous(settings: Any) -> None:
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_HOST": "testserver",
        "wsgi.url_scheme": "http", "HTTP_COOKIE": "theme=dark; session=x",
    }  # fmt: skip
    assert lookup_of(environ) is None
    for cookie in ("session=", "session"):
        assert lookup_of(environ | {"HTTP_COOKIE": cookie}) is None or cookie == "session"
    assert browser("x").get("/")["Cache-Control"] == "private, no-store"
    settings.INKPOOL_FLASK_COOKIE = None
    preferences_of.cache_clear()
    assert lookup_of(environ) is not None


def test_check_names_a_bridge_that_reaches_no_account(settings: Any) -> None:
    def found() -> set[str]:
        messages = run_checks(databases=["default"])
        return {each.id for each in messages if each.id.startswith("accounts.")}

    assert found() == {"accounts.W002"}
    user = imported("alice_writes", "7")
    assert found() == set()
    User.objects.filter(pk=user.pk).update(imported_id=None)
    assert found() == {"accounts.W003"}
    settings.INKPOOL_FLASK_COOKIE = None
    assert found() == {"accounts.I002"}


def test_check_passes_before_the_first_migration() -> None:
    def refuse(*args: Any) -> Any:
        raise OperationalError("no such table")

    with connection.execute_wrapper(refuse):
        assert bridge_reaches_accounts(databases=["default"]) == []


@pytest.mark.parametrize("folder", ["docs", "docs/zh-hans"])
def test_extension_for_flask_has_at_most_sixty_lines(folder: str) -> None:
    page = (ROOT / folder / "two-applications.md").read_text(encoding="utf-8")
    (extension,) = re.findall(r"^```python flask\n(.*?)^```$", page, re.M | re.S)[:1]
    assert 0 < len(extension.splitlines()) <= 60


def test_signed_in_user_with_a_wrong_password_is_told_of_no_other_application(
    alice_client: Client,
) -> None:
    page = alice_client.post("/login", {"name": "alice_writes", "pwd": "Wrong&Password1$"})
    assert page.context["form"].errors and "other application" not in page.content.decode()
