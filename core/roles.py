"""The three roles, which are groups: what their members may do, an app says in AppConfig.ready().

    give_to(self, {AUTHOR: ["add_article"], EDITOR: ["add_article", "hide_article"]})

`migrate` makes the groups and gives them these permissions of the app. It takes none away that a
superuser has added in the admin; one that was removed there comes back.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate

AUTHOR, EDITOR, ADMINISTRATOR = "author", "editor", "administrator"
ALL = "*"  # each permission of the app


def give_to(app: AppConfig, permissions: Mapping[str, Sequence[str]]) -> None:
    """Registers the code names of permissions of `app` by role; ALL stands for each of them."""
    receiver = partial(_give, permissions)
    post_migrate.connect(receiver, app, weak=False, dispatch_uid=f"{app.label}.roles")


def _give(permissions: Mapping[str, Sequence[str]], sender: Any, using: str, **kwargs: Any) -> None:
    from django.contrib.auth.management import create_permissions  # once the models are loaded
    from django.contrib.auth.models import Group, Permission

    create_permissions(sender, verbosity=0, using=using)
    of_app = Permission.objects.using(using).filter(content_type__app_label=sender.label)
    for role, names in permissions.items():
        group, _is_new = Group.objects.using(using).get_or_create(name=role)
        group.permissions.add(*(of_app if ALL in names else of_app.filter(codename__in=names)))
