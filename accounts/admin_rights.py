"""Only superusers give and take rights in the admin.

The permission `change_user` means the accounts of readers and authors. Without being a superuser
nobody changes rights, or the account of anybody else on the team: by its password, its e-mail
address or its activity that account, and its rights, would be taken over.
"""

from typing import cast

from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest

from accounts.models import User

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


class UsersByRank:
    """Mixed into the users' ModelAdmin: each way to a row asks one of these three."""

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
        """Write what the form has changed: the rest, rights among it, may have changed since."""
        if change and not request.user.is_superuser:
            obj.save(update_fields=[*form.changed_data])
        else:
            super().save_model(request, obj, form, change)  # type: ignore[misc]


def is_below(request: HttpRequest, other: User | None) -> bool:
    """Whether `other` has no rights that whoever asks could take over, or is the same person."""
    asking = cast(User, request.user)
    if other is None or asking.is_superuser:
        return True
    # As it is stored: a form has already put its values into the object.
    stored = User.objects.filter(pk=other.pk).values_list("is_staff", "is_superuser").first()
    return other.pk == asking.pk or not any(stored or ())


class SuperusersOnly:
    """Mixed into the groups' ModelAdmin: a group's permissions are those of its members."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_superuser)
