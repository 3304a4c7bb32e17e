"""request.user is read from memory and never older than the last write."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.backends import RememberedUsers, rows
from accounts.models import User
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/account/profile/"


@pytest.fixture(autouse=True)
def empty_memory() -> None:
    rows.clear()


@pytest.fixture
def browser(bob_client: Client) -> Client:
    bob_client.get("/about/")
    return bob_client


def remembered(user: User) -> User:
    found = RememberedUsers().get_user(user.pk)
    assert found is not None
    return found


def test_second_request_does_not_query_the_user(
    bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    remembered(bob)
    with django_assert_num_queries(0):
        user = remembered(bob)
        assert (user.pk, user.username, user.is_active) == (bob.pk, "bob_reads", True)
        assert user.check_password(PASSWORD)


def test_each_request_has_its_own_instance(bob: User) -> None:
    remembered(bob).display_name = "Changed, not saved"
    assert remembered(bob).display_name == ""


def test_deactivated_user_is_refused_at_once(browser: Client, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert RememberedUsers().get_user(bob.pk) is None
    assert not browser.get("/about/").wsgi_request.user.is_authenticated


def test_a_new_password_ends_other_sessions_at_once(browser: Client, bob: User) -> None:
    bob.set_password("Another2026$!")
    bob.save()
    assert not browser.get("/about/").wsgi_request.user.is_authenticated


def test_permissions_hold_at_once(bob: User) -> None:
    permission = Permission.objects.get(codename="change_article")
    assert not remembered(bob).has_perm("articles.change_article")
    editors = Group.objects.create(name="editors")
    bob.groups.add(editors)
    editors.permissions.add(permission)
    assert remembered(bob).has_perm("articles.change_article")
    editors.permissions.clear()
    assert not remembered(bob).has_perm("articles.change_article")


def test_deleted_user_is_anonymous(bob: User) -> None:
    remembered(bob)
    pk = bob.pk
    bob.delete()
    assert RememberedUsers().get_user(pk) is None


def test_missing_user_is_found_once_created() -> None:
    assert RememberedUsers().get_user(424242) is None
    make_user("newcomer", pk=424242)
    assert RememberedUsers().get_user(424242) is not None


def test_saving_a_cached_user_keeps_last_login(bob: User) -> None:
    user = remembered(bob)
    signed_in = datetime(2026, 5, 1, tzinfo=UTC)
    User.objects.filter(pk=bob.pk).update(last_login=signed_in)
    user.display_name = "Bob"
    user.save()
    assert User.objects.get(pk=bob.pk).last_login == signed_in
    assert remembered(bob).last_login == signed_in
