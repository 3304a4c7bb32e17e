import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from accounts.models import User
from tests.factories import PASSWORD, make_article, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "typed", ["alice_writes", "ALICE_WRITES", "Alicé_writes", " alice_writes"[1:], "Ａlice_writes"]
)
def test_case_and_accents_do_not_matter_at_sign_in(typed):
    alice = make_user("alice_writes")
    assert authenticate(username=typed, password=PASSWORD) == alice


@pytest.mark.parametrize("name", ["ALICE_WRITES", "alicé_writes", "Ａlice_writes"])
def test_a_name_is_unique_without_case_and_accents(name):
    make_user("alice_writes")
    with pytest.raises(ValidationError, match="taken"):
        User().set_new_name(name)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_user(name)


def test_bulk_create_folds_too():
    User.objects.bulk_create([User(username="Zoë123")])
    assert User.objects.get_by_natural_key("zoe123").username == "Zoë123"


def test_renaming_moves_the_key():
    alice = make_user("alice_writes")
    alice.username = "Alicia"
    alice.save(update_fields=["username"])
    assert User.objects.get_by_natural_key("ALICIA") == alice
    assert not User.objects.named("alice_writes").exists()


@pytest.mark.parametrize("name", ["", "..", "-", "a b", "a/b", "a\nb", "<b>", "a\x00b", "x" * 151])
def test_invalid_names_are_refused(name):
    with pytest.raises(ValidationError):
        User().set_new_name(name)


@pytest.mark.parametrize("name", ["lqz", "李清照", "a.b@c+d-e_f", "x" * 150])
def test_valid_names_are_accepted(name):
    User().set_new_name(name)


def test_an_author_with_articles_is_not_deleted():
    alice = make_user()
    make_article(alice)
    with pytest.raises(ProtectedError):
        alice.delete()


def test_display_name_is_shown_if_there_is_one():
    assert str(User(username="alice_writes")) == "alice_writes"
    assert str(User(username="alice_writes", display_name="Alice")) == "Alice"


@pytest.mark.parametrize("hidden", ["\u200b", "\u00ad", " "])
def test_invisible_characters_make_no_other_account(hidden):
    alice = make_user("alice_writes")
    assert User.objects.get_by_natural_key(f"alice_writes{hidden}") == alice


def test_distinct_letters_make_two_accounts_on_every_database():
    for name in ("ガード1", "カード1"):
        make_user(name)
    assert User.objects.count() == 2


def test_saving_an_account_that_exists_is_one_statement(django_assert_num_queries):
    bob = make_user("bob_reads")
    with django_assert_num_queries(1):  # each sign-in does it, and each new hash of a password
        bob.save(update_fields=["last_login"])
