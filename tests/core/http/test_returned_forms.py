"""What was typed into a form comes back on the error page, and one more press saves it."""

import re
import time

import pytest
import time_machine
from django.http import HttpRequest
from django.test import Client, RequestFactory

from accounts.models import User
from articles.models import Article
from core.http import error_pages, returned_forms
from tests.articles.test_writing_views import FORM
from tests.factories import PASSWORD, make_article, make_user
from tests.page import Page

NEW, PROFILE, ADMIN = "/articles/new/", "/account/profile/", "/admin/articles/article/add/"
TYPED = {
    "title": 'A "title" <b>',
    "tags": "MySQL，缓存",
    "summary": "In short.",
    "body": "<p>\nText.",
}
POSTS = {
    NEW: TYPED | {"breaks": "on", "publish": ""},
    PROFILE: {"display_name": "Alice & co", "bio": "</textarea>Much.", "email": "a@example.com"},
    ADMIN: {"title": "T", "body": "<b>", "byline": "Ann", "author": "7", "tags": ["1", "2"]},
}
ERRORS = {
    "bad request": (400, error_pages.bad_request),
    "session ended": (400, error_pages.session_ended),
    "expired form": (403, error_pages.csrf_failure),
    "not allowed": (403, error_pages.permission_denied),
    "gone": (404, error_pages.page_not_found),
    "too many": (429, lambda request: error_pages.too_many(request, 5)),
    "broken": (500, error_pages.server_error),
    "away": (503, error_pages.unavailable),
}


def sent(path: str, fields: dict, **more) -> HttpRequest:
    return RequestFactory().post(path, fields | more, headers={"accept": "text/html"})


def values(page: Page, name: str) -> dict[str, str]:
    """What a browser would send of the form that has this field, without its buttons."""
    fields = page.form_with(name)
    return {
        name: page.texts.get(field.get("id", ""), "").removeprefix("\n")
        if field["tag"] == "textarea"
        else field.get("value", "on" if field.get("type") == "checkbox" else "")
        for name, field in fields.items()
        if is_sent(field)
    }


def is_sent(field: dict[str, str]) -> bool:
    if field.get("type") == "checkbox":
        return "checked" in field
    return field["tag"] != "button" and (field["tag"] != "select" or "value" in field)


@pytest.mark.parametrize(("status", "view"), ERRORS.values(), ids=ERRORS)
@pytest.mark.parametrize("path", POSTS)
def test_each_error_page_gives_every_field_back_without_a_database(path, status, view):
    answer = view(sent(path, POSTS[path]))
    page = Page(answer.content.decode())
    assert answer.status_code == status
    name = "bio" if path == PROFILE else "title"
    given = values(page, name)
    expected = {key: value for key, value in POSTS[path].items() if isinstance(value, str)}
    assert {key: given[key] for key in expected} == expected
    assert page.action_of(name) == path
    assert answer["Cache-Control"] == "private, no-store"


def test_a_registration_comes_back_without_its_passwords():
    fields = {
        "username": "alice_writes",
        "display_name": "Alice",
        "email": "a@b.example",
        "pwd": "x",
    }
    given = values(Page(error_pages.unavailable(sent("/register", fields)).content.decode()), "pwd")
    assert {name: given[name] for name in fields} == fields | {"pwd": ""}


def test_a_field_with_several_values_keeps_them_all():
    page = error_pages.unavailable(sent(ADMIN, POSTS[ADMIN])).content.decode()
    assert [f'name="tags" value="{pk}"' in page for pk in (1, 2)] == [True, True]


@pytest.mark.parametrize(
    ("path", "fields", "secret"),
    [
        (PROFILE, POSTS[PROFILE], "present_pwd"),
        (NEW, POSTS[NEW], "csrfmiddlewaretoken"),
        (NEW, POSTS[NEW], "pwd"),
        ("/admin/accounts/user/add/", {"username": "robert"}, "password1"),
        ("/admin/accounts/user/3/change/", {"bio": "Text."}, "csrfmiddlewaretoken"),
        ("/login", {"name": "alice_writes"}, "pwd"),
        ("/account/password/", {}, "old_pwd"),
        ("/register", {"username": "alice_writes"}, "pwd"),
    ],
)
def test_no_password_and_no_token_comes_back(path, fields, secret):
    answer = error_pages.unavailable(sent(path, fields, **{secret: "S3cret-to-nobody"}))
    assert "S3cret-to-nobody" not in answer.content.decode()


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        (NEW, {"title": " ", "body": ""}),
        ("/admin/articles/article/", {"action": "publish", "_selected_action": "1"}),
        ("/nothing/here/", TYPED),
    ],
)
def test_where_nothing_was_typed_the_page_has_no_form(path, fields):
    assert "data-keep-changes" not in error_pages.unavailable(sent(path, fields)).content.decode()


def test_a_program_gets_no_form():
    request = RequestFactory().post(NEW, TYPED, headers={"accept": "application/json"})
    assert error_pages.unavailable(request)["Content-Type"] == "application/problem+json"


@pytest.mark.django_db
class TestSendingAgain:
    @pytest.fixture
    def browser(self):
        make_user("alice_writes")
        browser = Client(enforce_csrf_checks=True, headers={"accept": "text/html"})
        self.sign_in(browser)
        return browser

    def sign_in(self, browser):
        token = browser.get("/login").context["csrf_token"]
        form = {"name": "alice_writes", "pwd": PASSWORD, "csrfmiddlewaretoken": str(token)}
        assert browser.post("/login", form).status_code == 302

    def opened(self, browser, path=NEW):
        return values(Page(browser.get(path).content.decode()), "title")

    def send(self, browser, fields, status, path=NEW, **headers):
        """Send a form; the one that came back, if any."""
        answer = browser.post(path, fields, headers=headers)
        assert answer.status_code == status
        return values(Page(answer.content.decode()), "title") if status != 302 else {}

    def test_after_signing_in_in_another_tab_one_press_saves(self, browser):
        form = self.opened(browser) | FORM | {"publish": ""}
        browser.session.flush()
        returned = self.send(browser, form, 403)
        assert {name: returned[name] for name in FORM} == FORM
        self.sign_in(browser)
        self.send(browser, returned, 302)
        assert Article.objects.get().body == FORM["body"]
        assert Article.objects.get().is_public

    def test_a_form_older_than_the_sign_in_is_given_back_and_saves(self, browser):
        form = self.opened(browser) | FORM
        browser.session.flush()
        self.sign_in(browser)
        self.send(browser, self.send(browser, form, 403), 302)
        assert Article.objects.get().title == FORM["title"]

    def test_a_form_without_its_cookie_is_given_back_and_saves(self, browser):
        form = self.opened(browser) | FORM
        del browser.cookies["csrftoken"]
        self.send(browser, self.send(browser, form, 403), 302)
        assert Article.objects.count() == 1

    def test_an_article_that_exists_is_changed(self, browser):
        article = make_article(self.alice(), status="draft")
        path = f"/articles/{article.pk}/edit/"
        form = self.opened(browser, path) | FORM
        browser.session.flush()
        returned = self.send(browser, form, 403, path)
        self.sign_in(browser)
        self.send(browser, returned, 302, path)
        article.refresh_from_db()
        assert (article.title, article.body) == (FORM["title"], FORM["body"])

    def alice(self):
        return User.objects.get(username="alice_writes")

    def given_back(self, browser):
        form = self.opened(browser) | FORM
        browser.session.flush()
        returned = self.send(browser, form, 403)
        self.sign_in(browser)
        return returned

    def test_a_ticket_of_another_browser_is_refused(self, browser):
        returned = self.given_back(browser)
        browser.cookies["returned"] = "x" * 43
        self.send(browser, returned, 403)

    def test_a_ticket_of_another_address_is_refused(self, browser):
        returned = self.given_back(browser)
        article = make_article(self.alice())
        self.send(browser, returned, 403, f"/articles/{article.pk}/edit/")

    @pytest.mark.parametrize("ticket", ["", "x", "a:b:c", "é" * 50, "y" * 100_000])
    def test_a_made_up_ticket_is_refused(self, browser, ticket):
        self.send(browser, self.given_back(browser) | {"returned_ticket": ticket}, 403)

    def test_a_ticket_ends_after_a_day(self, browser):
        returned = self.given_back(browser)
        with time_machine.travel(time.time() + returned_forms.TICKET_AGE + 60):
            self.send(browser, returned, 403)

    def test_a_ticket_sent_from_another_site_is_refused(self, browser):
        form = self.given_back(browser)
        answer = browser.post(NEW, form, headers={"origin": "https://evil.example"})
        assert answer.status_code == 403
        assert not Article.objects.exists()

    @pytest.mark.parametrize(
        "headers",
        [
            {"origin": "https://evil.example"},
            {"origin": "null"},
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
        ],
    )
    def test_what_another_site_sends_is_not_offered_to_be_sent_again(self, browser, headers):
        answer = browser.post(NEW, FORM, headers=headers)
        assert answer.status_code == 403
        assert "data-keep-changes" not in answer.content.decode()
        assert not answer.cookies

    @pytest.mark.parametrize(
        "headers", [{"origin": "http://testserver"}, {"sec-fetch-site": "same-origin"}]
    )
    def test_what_the_site_itself_sends_is(self, browser, headers):
        assert self.send(browser, FORM, 403, **headers)["title"] == FORM["title"]


@pytest.mark.django_db
class TestAdmin:
    def test_a_form_sent_after_the_sign_in_has_ended_comes_back(self, client):
        answer = client.post(ADMIN, POSTS[ADMIN], headers={"accept": "text/html"})
        assert answer.status_code == 403
        assert values(Page(answer.content.decode()), "title")["byline"] == "Ann"

    def test_after_signing_in_in_another_tab_one_press_saves(self, client):
        make_user("dana_staff", is_staff=True, is_superuser=True)
        article = make_article(make_user())
        path = f"/admin/articles/article/{article.pk}/change/"
        client.post("/login", {"name": "dana_staff", "pwd": PASSWORD})
        form = values(Page(client.get(path).content.decode()), "byline")
        form |= {"status": "published", "byline": "Ann", "_save": ""}
        client.session.flush()
        answer = client.post(path, form, headers={"accept": "text/html"})
        assert answer.status_code == 403
        client.post("/login", {"name": "dana_staff", "pwd": PASSWORD})
        returned = values(Page(answer.content.decode()), "byline")
        answer = client.post(path, returned)
        assert answer.status_code == 302, answer.context["adminform"].form.errors
        article.refresh_from_db()
        assert article.byline == "Ann"

    def test_one_sent_by_a_member_who_is_not_of_the_staff_comes_back(self, client):
        client.force_login(make_user())
        answer = client.post(ADMIN, POSTS[ADMIN], headers={"accept": "text/html"})
        assert answer.status_code == 403
        assert values(Page(answer.content.decode()), "title")["byline"] == "Ann"

    def test_a_bulk_action_leads_to_the_sign_in(self, client):
        answer = client.post("/admin/articles/article/", {"action": "publish"})
        assert answer["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("foreign", ["\xff" * 43, "a" * 42 + ";", "é" * 43])
def test_cookie_that_no_header_could_carry_is_replaced(foreign: str):
    request = sent(NEW, TYPED)
    request.COOKIES["returned"] = foreign
    answer = error_pages.csrf_failure(request)
    assert re.fullmatch(r"[\w-]{43}", answer.cookies["returned"].value, re.ASCII)
