"""Translates the names of permissions, which the database holds in English."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db.models import ManyToManyField
from django.forms import ModelMultipleChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

STOCK = {
    "add": gettext_noop("Can add %(model)s"),
    "change": gettext_noop("Can change %(model)s"),
    "delete": gettext_noop("Can delete %(model)s"),
    "view": gettext_noop("Can view %(model)s"),
}


def permission_name(permission: Permission) -> str:
    """The translated name of a default permission; other names are returned as stored."""
    model = permission.content_type.model_class()
    action, _underscore, rest = permission.codename.partition("_")
    if model is None or action not in STOCK or rest != permission.content_type.model:
        return permission.name
    return _(STOCK[action]) % {"model": model._meta.verbose_name}


class PermissionsField(ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.content_type} | {permission_name(obj)}"


class NamedPermissions(admin.ModelAdmin):
    """Mixed into a ModelAdmin whose form has a field for permissions."""

    def formfield_for_manytomany(
        self, db_field: ManyToManyField, request: HttpRequest | None = None, **kwargs: Any
    ) -> ModelMultipleChoiceField | None:
        if db_field.related_model is Permission:
            kwargs["form_class"] = PermissionsField
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[arg-type]
