"""LOGIN_PASSWORD_POLICY and LOGIN_PASSWORD_MIN_LENGTH: rules, messages, weaker passwords."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.forms import PasswordField
from accounts.models import User
from accounts.password_change import demand_if_weak
from accounts.validators import LoginRuleValidator
from core.cli.passwords import strong_password
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
LONG_WORDS = "four words of plain text"


@pytest.fixture
def length_policy(settings):
    settings.INKPOOL_LOGIN_PASSWORD_POLICY = "length"
    settings.INKPOOL_LOGIN_PASSWORD_MIN_LENGTH = 15


def sign_in(client, password):
    return client.post("/login", {"name": "alice_writes", "pwd": password})


def refused(password):
    with pytest.raises(ValidationError) as caught:
        validate_password(password)
    return " ".join(caught.value.messages)


def test_length_policy_asks_for_no_kinds_of_characters(length_policy):
    validate_password(LONG_WORDS)
    assert refused("Aa1$" * 3) == "The password must have at least 15 characters."


def test_minimum_length_holds_beside_the_notes_pattern(settings):
    settings.INKPOOL_LOGIN_PASSWORD_MIN_LENGTH = 12
    assert refused("Aa1$Aa1$") == "The password must have at least 12 characters."
    with pytest.raises(ValidationError, match="at least 12"):
        PasswordField().clean("Aa1$Aa1$")
    assert "at least 12" in LoginRuleValidator().get_help_text()


def test_message_of_the_notes_rule_says_that_the_first_8_characters_count():
    message = refused("Aa1$密码密码Aa1$Aa1$")
    assert "Its first 8 characters are letters from A to Z" in message
    validate_password("Aa1$Aa1$密码密码")


def test_message_of_another_pattern_shows_the_pattern(settings):
    settings.INKPOOL_LOGIN_PASSWORD_REGEXP = r"^[a-z]+-[a-z]+"
    assert r"^[a-z]+-[a-z]+" in refused("Inkpool2026$!")


def test_rules_are_shown_before_a_password_is_chosen(client, length_policy, alice):
    client.force_login(alice)
    page = client.get("/account/password/").content.decode()
    assert "The password must have at least 15 characters." in page
    assert "commonly used" in page


def test_rules_are_escaped_on_the_page(client, alice):
    client.force_login(alice)
    assert "($@!%*?&amp;)" in client.get("/account/password/").content.decode()


def test_sign_in_form_of_the_length_policy_judges_presence_and_greatest_length_only(length_policy):
    assert PasswordField().clean("x") == "x"
    for wrong in ("", "x" * 5000):
        with pytest.raises(ValidationError):
            PasswordField().clean(wrong)


def test_weaker_password_signs_in_and_must_be_changed(client, length_policy, alice):
    assert sign_in(client, PASSWORD).status_code == 302
    assert client.get("/account/profile/")["Location"] == "/account/password/"
    assert "does not meet the rules" in client.get("/account/password/").content.decode()
    new = {"old_pwd": PASSWORD, "pwd": LONG_WORDS, "pwd_again": LONG_WORDS}
    assert client.post("/account/password/", new).status_code == 302
    assert client.get("/account/profile/").status_code == 200


def test_password_that_keeps_the_rules_is_not_asked_for_anew(client, length_policy):
    alice = make_user("alice_writes")
    alice.set_password(LONG_WORDS)
    alice.save()
    assert sign_in(client, LONG_WORDS).status_code == 302
    assert client.get("/account/profile/").status_code == 200


def test_password_changed_meanwhile_is_not_called_weak(length_policy, alice):
    before = User.objects.get()
    alice.set_password(LONG_WORDS)
    alice.save()
    demand_if_weak(before, PASSWORD)
    assert User.objects.get().password_state == ""


def test_new_password_form_gives_the_first_broken_rule(client, alice):
    client.force_login(alice)
    short = {"old_pwd": PASSWORD, "pwd": "short", "pwd_again": "short"}
    form = client.post("/account/password/", short).context["form"]
    assert form.errors["pwd"][0] == "The password must have at least 8 characters."


def test_generated_password_is_as_long_as_the_setting_asks(settings):
    settings.INKPOOL_LOGIN_PASSWORD_MIN_LENGTH = 40
    validate_password(strong_password())
