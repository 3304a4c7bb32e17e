import re

import pytest
from django.test import Client, RequestFactory
from django.utils.translation import override

from accounts.forms import LoginForm
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db


def sign_in(client, name="alice_writes", pwd=PASSWORD, **fields):
    return client.post("/login", {"name": name, "pwd": pwd, **fields})


def test_form_is_empty_at_first(client):
    page = client.get("/login").content.decode()
    for field in ("name", "pwd"):
        tag = re.search(rf'<input[^>]*name="{field}"[^>]*>', page)[0]
        assert "form-control" in tag
        assert "value" not in tag
        assert "is-invalid" not in tag
        assert f'for="id_{field}"' in page
    assert 'id="id_name_error"' not in page


def test_valid_post_signs_in_and_redirects_to_front_page(client, alice):
    answer = sign_in(client)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/articles/new/").status_code == 200


def test_the_session_key_changes_at_sign_in(client, alice):
    client.get("/login")
    session = client.session
    session["basket"] = 1
    session.save()
    before = session.session_key
    sign_in(client)
    assert client.session.session_key != before


def test_signing_in_again_changes_the_key_and_applies_the_box(client, alice):
    sign_in(client)
    before = client.session.session_key
    assert client.session.get_expire_at_browser_close()
    sign_in(client, remember="on")
    assert client.session.session_key != before
    assert not client.session.get_expire_at_browser_close()


def test_a_wrong_password_keeps_the_name_and_never_echoes_the_password(client, alice):
    answer = sign_in(client, pwd="Wrong2026$!")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'value="alice_writes"' in page
    assert "Wrong2026$!" not in page
    assert "User name or password is wrong." in page


def test_every_failure_has_the_same_words(client, alice):
    make_user("gone12", is_active=False)
    pages = [
        sign_in(client, name=name, pwd=pwd).context["form"].non_field_errors()
        for name, pwd in [
            ("alice_writes", "Wrong2026$!"),
            ("unknown1", PASSWORD),
            ("gone12", PASSWORD),
        ]
    ]
    assert pages[0] == pages[1] == pages[2]


@pytest.mark.parametrize(
    ("name", "pwd", "field", "message"),
    [
        ("", PASSWORD, "name", "用户名不能为空。"),
        ("abcde", PASSWORD, "name", "用户名长度必须在 6 到 18 个字符之间。"),
        ("a" * 19, PASSWORD, "name", "用户名长度必须在 6 到 18 个字符之间。"),
        ("alice_writes", "", "pwd", "密码不能为空。"),
        ("alice_writes", "aB1$", "pwd", "密码长度至少为 8 个字符。"),
        (
            "alice_writes",
            "alllower1$",
            "pwd",
            "密码至少 8 个字符，至少 1 个大写字母，1 个小写字母，1 个数字和 1 个特殊字符"
            "（$@!%*?&）。前 8 个字符只能是英文字母、数字和这些特殊字符，后面不限。",
        ),
    ],
)
def test_each_rule_shows_the_notes_message_beside_its_field(
    client, django_assert_num_queries, name, pwd, field, message
):
    with override("zh-hans"), django_assert_num_queries(0):
        form = LoginForm({"name": name, "pwd": pwd}, request=None)
        assert form.errors[field][0] == message
        assert list(form.errors) == [field]


@pytest.mark.parametrize("name", ["abcdef", "a" * 18])
@pytest.mark.parametrize("pwd", ["aB1$aB1$", "aB1$aB1$ and more: no end anchor"])
def test_the_bounds_are_inclusive(name, pwd):
    form = LoginForm({"name": name, "pwd": pwd}, request=RequestFactory().post("/login"))
    assert set(form.errors) == {"__all__"}  # valid fields, but no such account


def test_the_page_shows_the_first_error_only(client):
    page = sign_in(client, name="", pwd="").content.decode()
    assert page.count('id="id_pwd_error"') == 1
    assert "The password must not be empty." in page
    assert "is-invalid" in page


@pytest.mark.parametrize("inside", ["/articles/mine/", "/articles?page=2"])
def test_next_inside_the_site_is_followed(client, alice, inside):
    assert sign_in(client, next=inside)["Location"] == inside


@pytest.mark.parametrize(
    "outside",
    ["//evil.example", "https://evil.example/", "javascript:alert(1)", "/\\evil.example", " //e.x"],
)
def test_next_outside_the_site_is_not(client, alice, outside):
    assert sign_in(client, next=outside)["Location"] == "/"


def test_protected_page_redirects_through_the_form_and_back(client, alice):
    answer = client.get("/articles/new/")
    assert answer["Location"] == "/login?next=/articles/new/"
    assert 'value="/articles/new/"' in client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(("ticked", "until_close"), [({"remember": "on"}, False), ({}, True)])
def test_the_box_decides_how_long_the_sign_in_lasts(client, alice, ticked, until_close):
    sign_in(client, **ticked)
    assert client.session.get_expire_at_browser_close() is until_close


@pytest.mark.parametrize("permanent", [True, False])
def test_the_setting_ticks_the_box_beforehand(client, settings, permanent):
    settings.INKPOOL_SESSION_PERMANENT = permanent
    assert (" checked" in client.get("/login").content.decode()) is permanent


def test_sign_out_is_a_post_and_ends_the_session(client, alice):
    sign_in(client)
    assert client.get("/logout").status_code == 405
    assert client.post("/logout").status_code == 302
    assert client.get("/articles/new/").status_code == 302


def test_a_post_without_token_is_refused(alice):
    assert sign_in(Client(enforce_csrf_checks=True)).status_code == 403


@pytest.mark.parametrize("name", ["a\x00bcdef", "\ud800abcdef"[1:], "' OR 1=1 --", "🙂" * 6])
def test_unusual_names_are_no_error(client, name):
    assert sign_in(client, name=name).status_code == 200


@pytest.fixture
def second_tab(alice):
    """A client, and a sign-in form that it loaded before it signed in in another tab."""
    client = Client(enforce_csrf_checks=True)
    open_tabs = [client.get("/login?next=/articles/mine/") for _ in range(2)]
    first, second = (
        {"csrfmiddlewaretoken": str(tab.context["csrf_token"]), "next": "/articles/mine/"}
        for tab in open_tabs
    )
    assert sign_in(client, **first).status_code == 302
    return client, second


def test_second_sign_in_tab_redirects_to_next(second_tab):
    client, form = second_tab
    assert client.get("/login?next=/articles/mine/")["Location"] == "/articles/mine/"
    assert client.get("/login")["Location"] == "/"
    assert sign_in(client, **form)["Location"] == "/articles/mine/"
    assert sign_in(client, **form | {"next": "//evil.example/"})["Location"] == "/"


def test_a_second_sign_in_tab_changes_nothing(second_tab):
    client, form = second_tab
    before = client.session.session_key
    sign_in(client, **form)
    assert client.session.session_key == before


def test_wrong_password_of_signed_in_user_is_an_error(client, alice):
    client.force_login(alice)
    assert "wrong" in sign_in(client, pwd="Wrong2026$!").content.decode()


def test_old_csrf_token_of_anonymous_visitor_is_refused(second_tab):
    client, form = second_tab
    client.logout()
    assert sign_in(client, **form).status_code == 403
