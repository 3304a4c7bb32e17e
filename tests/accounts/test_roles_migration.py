"""The migration that makes the roles turns existing accounts into authors."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection

from accounts.models import User

pytestmark = pytest.mark.django_db


def test_each_existing_account_becomes_an_author() -> None:
    names = [f"reader_{number}" for number in range(1_001)]
    User.objects.bulk_create(User(username=name) for name in names)
    migration = import_module("accounts.migrations.0003_roles")
    for _ in range(2):  # safe to repeat
        migration.make_roles(apps, SimpleNamespace(connection=connection))
    assert Group.objects.get(name="author").user_set.count() == len(names)
    assert set(Group.objects.values_list("name", flat=True)) >= {"editor", "administrator"}
