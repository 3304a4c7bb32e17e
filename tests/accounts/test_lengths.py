"""A length is checked before a value is normalized, folded, matched or hashed."""

import time
import unicodedata

import pytest
from django.core.exceptions import ValidationError

from accounts.forms import LoginForm, NameField, TypedPassword
from accounts.models import User
from accounts.validators import LONGEST_SPELLING, MAX_LENGTH, LoginRuleValidator
from articles.forms import TagsField, parse_moment
from articles.slugs import article_slug
from core.db.text import fold
from tests.factories import PASSWORD, make_user

MARKS = "a" + "\u0301\u0323" * 60_000  # takes half a minute to normalize


@pytest.fixture
def normalized(monkeypatch):
    """The lengths of the texts that are normalized."""
    lengths = []
    inner = unicodedata.normalize

    def recorded(form, text):
        lengths.append(len(text))
        return inner(form, text[:100])

    monkeypatch.setattr(unicodedata, "normalize", recorded)
    return lengths


def test_a_long_name_is_refused_before_it_is_normalized(normalized):
    with pytest.raises(ValidationError) as refused:
        NameField().clean(MARKS)
    assert refused.value.code == "length" or refused.value.error_list[0].code == "length"
    assert normalized == []


@pytest.mark.django_db
def test_long_name_matches_no_account(normalized):
    make_user("bob_reads")
    normalized.clear()
    assert not User.objects.named(MARKS).exists()
    with pytest.raises(User.DoesNotExist):
        User.objects.get_by_natural_key(MARKS)
    with pytest.raises(ValidationError):
        User().set_new_name(MARKS)
    assert max(normalized, default=0) <= LONGEST_SPELLING


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/login", "/register", "/admin/accounts/user/add/"])
def test_no_form_normalizes_a_long_name(client, settings, normalized, path):
    settings.INKPOOL_REGISTRATION = "open"
    if path.startswith("/admin"):
        client.force_login(make_user("dana_staff", is_staff=True, is_superuser=True))
        client.post("/account/confirm/", {"present_pwd": PASSWORD})
    normalized.clear()
    name, marks = "username" if path != "/login" else "name", MARKS[:60_000]
    answer = client.post(path, {name: marks, "pwd": PASSWORD, "display_name": marks})
    assert answer.status_code in (200, 400)
    assert max(normalized, default=0) <= LONGEST_SPELLING


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/authors/{}/", "/tags/{}/", "/feeds/atom/authors/{}/"])
def test_long_name_in_url_is_not_normalized(client, normalized, path):
    assert client.get(path.format(MARKS[:4000])).status_code == 404
    assert max(normalized, default=0) <= LONGEST_SPELLING


def test_folding_refuses_unbounded_text():
    with pytest.raises(ValueError, match="60000 characters"):
        fold(MARKS[:60_000])


def test_a_decomposed_name_still_signs_in():
    assert NameField().clean("e\u0301" * 18) == "é" * 18


def test_slug_is_made_of_the_beginning_of_a_title(normalized):
    assert len(article_slug(MARKS)) <= 200
    assert max(normalized) <= 1000


def test_tags_length_is_checked_before_splitting(normalized):
    with pytest.raises(ValidationError):
        TagsField().clean("a," * 100_000)
    assert normalized == []


def test_date_length_is_checked_before_parsing():
    assert parse_moment("1" * 10_000_000).year == 1970


@pytest.mark.parametrize("field", [TypedPassword(), LoginForm.base_fields["pwd"]])
def test_a_long_password_is_neither_matched_nor_hashed(field, settings):
    settings.INKPOOL_LOGIN_PASSWORD_REGEXP = (
        r"(a+)+$"  # takes exponential time on the password below
    )
    with pytest.raises(ValidationError):
        field.clean("a" * (MAX_LENGTH + 1) + "!")


def test_a_long_new_password_is_refused_wherever_it_is_set():
    with pytest.raises(ValidationError, match="at most 4096"):
        LoginRuleValidator().validate("Aa1$" * 2000)


@pytest.mark.django_db
def test_long_names_do_not_block_other_threads(client):
    began = time.thread_time()
    for _ in range(3):
        client.post("/login", {"name": MARKS[:80_000], "pwd": PASSWORD})
    assert time.thread_time() - began < 2
