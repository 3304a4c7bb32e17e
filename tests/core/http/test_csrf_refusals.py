"""A form that is refused for where it comes from says so, and the log says what to set."""

import pytest
from django.test import Client

from accounts.models import User
from tests.factories import make_user

SITE = "https://testserver"
CHINESE = {"HTTP_ACCEPT_LANGUAGE": "zh-hans"}


@pytest.fixture
def refuse(caplog):
    """`refuse(**headers)` is the 403 page of a form, and what is logged for the operator."""

    def answer(path: str = "/login", *, secure: bool = True, user: User | None = None, **headers):
        client = Client(enforce_csrf_checks=True, HTTP_ACCEPT="text/html")
        if user:
            client.force_login(user)
        answer = client.post(path, {"title": "My title", "body": "x"}, secure=secure, **headers)
        assert answer.status_code == 403
        lines = [
            each.getMessage() for each in caplog.records if each.name == "core.http.csrf_refusals"
        ]
        return answer.content.decode(), lines

    return answer


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_ORIGIN": f"{SITE}:8443"},
        {"HTTP_REFERER": f"{SITE}:8443/login"},
        {"HTTP_ORIGIN": f"{SITE}:8443", "HTTP_SEC_FETCH_SITE": "same-origin"},
    ],
)
def test_a_proxy_that_loses_the_port_is_told_to_sender_and_operator(refuse, headers):
    page, (line,) = refuse(**headers)
    assert "The form comes from another address" in page
    assert "too old" not in page
    assert "proxy_set_header Host $http_host" in line
    assert f"DJANGO_CSRF_TRUSTED_ORIGINS={SITE}:8443;" in line
    assert f"takes {SITE} for its own address" in line
    assert "whose log says what to set" in page
    _, _, of_both = line.partition("If both are this site, ")
    assert "or set DJANGO_CSRF_TRUSTED_ORIGINS" in of_both
    assert "." not in of_both.partition(", or set")[0]  # one condition for both


def test_it_is_said_in_chinese_too(refuse):
    page, _ = refuse(HTTP_ORIGIN=f"{SITE}:8443", **CHINESE)
    assert "表单来自另一个地址" in page
    page, _ = refuse(**CHINESE)
    assert "表单没有说明来自哪里" in page


def test_a_lost_scheme_is_the_fault_of_another_header(refuse):
    _, (line,) = refuse(secure=False, HTTP_ORIGIN=SITE)
    assert "X-Forwarded-Proto" in line and "DJANGO_TRUSTED_PROXIES" in line


@pytest.mark.parametrize(
    "headers",
    [{"HTTP_ORIGIN": "http://testserver"}, {"HTTP_REFERER": "http://TESTserver/login"}],
)
def test_a_page_that_was_opened_without_https_is_to_be_opened_with_it(refuse, headers):
    _, (line,) = refuse(**headers)
    assert f"open it as {SITE} only" in line
    assert "redirect http to https" in line
    assert "TRUSTED" not in line and "$http_host" not in line


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_ORIGIN": "http://[::1"},
        {"HTTP_ORIGIN": "https://evil.example", "HTTP_SEC_FETCH_SITE": "cross-site"},
        {"HTTP_ORIGIN": "null"},
        {"HTTP_ORIGIN": "https://[::"},
    ],
)
def test_no_operator_is_advised_to_trust_another_site(refuse, headers):
    page, lines = refuse(**headers)
    assert "The form comes from another address" in page
    assert lines == []
    assert "log says" not in page
    assert "or an extension hides it" in page


def test_a_browser_that_names_no_page_is_told_which_header_is_missing(refuse):
    page, lines = refuse()
    assert "header Origin or Referer" in page
    assert "too old" not in page
    assert lines == []


@pytest.mark.parametrize("headers", [{"HTTP_ORIGIN": SITE}, {"HTTP_REFERER": f"{SITE}/login"}])
def test_a_missing_token_is_still_an_expired_form(refuse, headers):
    page, lines = refuse(**headers)
    assert "The form has expired" in page
    assert lines == []


@pytest.mark.django_db
def test_what_was_typed_is_not_lost_with_the_port(refuse):
    page, _ = refuse(
        "/articles/new/",
        user=make_user("alice_writes"),
        HTTP_ORIGIN=f"{SITE}:8443",
        HTTP_SEC_FETCH_SITE="same-origin",
    )
    assert "My title" in page
    assert "What you typed is below: copy it" in page


@pytest.mark.django_db
def test_what_was_typed_is_given_back_without_a_promise_of_a_log(refuse):
    page, lines = refuse(
        "/articles/new/",
        user=make_user("alice_writes"),
        HTTP_ORIGIN="null",
        HTTP_SEC_FETCH_SITE="same-origin",
    )
    assert lines == []
    assert "My title" in page
    assert "copy it, open the form at this site&#x27;s own address" in page
    assert "log says" not in page
