import pytest
from django.test import Client

from tests.factories import PASSWORD, make_article

pytestmark = pytest.mark.django_db
PRIVATE = {"private", "no-store"}


def directives(answer):
    return set(answer.get("Cache-Control", "").split(", "))


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/articles",
        "/account/profile/",
        "/account/password/",
        "/account/confirm/",
        "/articles/mine/",
        "/articles/new/",
        "/admin/",
        "/nothing/here/",
        "/logout",
    ],
)
def test_pages_of_a_signed_in_user_are_private(dana_client, path):
    assert directives(dana_client.get(path)) >= PRIVATE


def test_a_session_that_is_over_is_answered_privately_too(charlie):
    charlie.cookies["sessionid"] = "forged"
    assert directives(charlie.get("/")) >= PRIVATE


@pytest.mark.parametrize("path", ["/", "/articles", "/article", "/feeds/atom/", "/nothing/here/"])
def test_pages_of_an_anonymous_visitor_may_be_kept(path):
    assert not directives(Client().get(path)) & PRIVATE


def test_page_that_differs_by_cookie_names_it_in_vary(alice, dana_client, charlie):
    article = make_article(alice)
    for visitor in (dana_client, charlie):
        assert "Cookie" in visitor.get(article.get_absolute_url())["Vary"]


def test_a_page_with_a_message_is_for_one_person(dana_client):
    dana_client.post("/logout")
    answer = dana_client.get("/")
    assert "You are signed out." in answer.content.decode()
    assert directives(answer) >= PRIVATE


@pytest.mark.parametrize("path", ["/login", "/register"])
def test_a_form_with_a_token_is_kept_nowhere_even_if_the_token_is_known(settings, path):
    settings.INKPOOL_REGISTRATION = "open"
    charlie = Client()
    for _ in range(2):
        assert directives(charlie.get(path)) >= PRIVATE


def test_an_answer_that_sets_a_cookie_is_kept_nowhere():
    answer = Client().post("/language/", {"language": "zh-hans", "next": "/"})
    assert answer.cookies
    assert directives(answer) >= PRIVATE


@pytest.mark.parametrize("path", ["/logout", "/admin/logout/"])
def test_signing_out_over_https_empties_the_browsers_cache(dana_client, path):
    assert dana_client.post(path, secure=True)["Clear-Site-Data"] == '"cache"'


def test_signing_out_over_http_does_not_ask_in_vain(dana_client):
    assert "Clear-Site-Data" not in dana_client.post("/logout")


def test_signing_in_does_not_either(dana_client):
    answer = dana_client.post("/login", {"name": "dana_staff", "pwd": PASSWORD}, secure=True)
    assert "Clear-Site-Data" not in answer
