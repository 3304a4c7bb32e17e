"""Lets only superusers change rights in the admin.

The permission `change_user` covers the accounts of readers and authors. Staff without superuser
rights can change neither rights nor the account of another member of staff: by its password or its
e-mail address they could take over that account and its rights.
"""

from typing import cast

from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest

from accounts.models import User

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


class UsersByRank:
    """Mixed into the users' ModelAdmin; every page that changes a user calls one of these."""

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        fields = [*super().get_readonly_fields(request, obj)]  # type: ignore[misc]
        return fields if request.user.is_superuser else [*fields, *RIGHTS]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        allowed = super().has_change_permission(request, obj)  # type: ignore[misc]
        return allowed and is_below(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        allowed = super().has_delete_permission(request, obj)  # type: ignore[misc]
        return allowed and is_below(request, obj)

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm, change: bool) -> None:
        """Write only the fields that the form changed; others, such as rights, may be newer."""
        if change and not request.user.is_superuser:
            obj.save(update_fields=[*form.changed_data])
        else:
            super().save_model(request, obj, form, change)  # type: ignore[misc]


def is_below(request: HttpRequest, other: User | None) -> bool:
    """Whether the requesting user gains no rights by changing the account `other`."""
    asking = cast(User, request.user)
    if other is None or asking.is_superuser:
        return True
    # From the database: a form may have assigned its values to the object.
    stored = User.objects.filter(pk=other.pk).values_list("is_staff", "is_superuser").first()
    return other.pk == asking.pk or not any(stored or ())


class SuperusersOnly:
    """Mixed into the groups' ModelAdmin: a group gives its permissions to its members."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_superuser)
