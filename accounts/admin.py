from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as StockGroupAdmin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from accounts import invitations_admin, mail_admin  # noqa: F401
from accounts.admin_rights import SuperusersOnly, UsersByRank
from accounts.devices_admin import SignInsOfUser
from accounts.models import User
from accounts.permission_names import NamedPermissions
from accounts.reauthentication import ConfirmedAdmin, recent_sign_in_required
from core.admin.admin_search import BoundedSearch
from core.admin.admin_times import TimesInZone

admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(BoundedSearch, SuperusersOnly, NamedPermissions, ConfirmedAdmin, StockGroupAdmin):
    pass


@admin.register(User)
class UserAdmin(
    BoundedSearch,
    TimesInZone,
    UsersByRank,
    NamedPermissions,
    SignInsOfUser,
    ConfirmedAdmin,
    StockUserAdmin,
):
    list_display = ["username", "display_name", "email", "is_active", "is_staff", "last_login"]
    list_filter = [
        "is_active",
        "is_staff",
        "is_superuser",
        "groups",
        "password_state",
        "date_joined",
    ]
    search_fields = ["username", "display_name", "email"]
    fieldsets = [
        (None, {"fields": ["username", "password", "password_state"]}),
        (_("Author"), {"fields": ["display_name", "bio", "email"]}),
        (
            _("Permissions"),
            {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]},
        ),
        (_("Dates"), {"fields": ["last_login", "date_joined", "sign_ins"]}),
    ]
    readonly_fields = ["sign_ins", "password_state"]
    add_fieldsets = [
        (
            None,
            {
                "classes": ["wide"],
                "fields": [
                    "username",
                    "display_name",
                    "email",
                    "usable_password",
                    "password1",
                    "password2",
                ],
            },
        ),
    ]

    @method_decorator(recent_sign_in_required)
    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        return super().user_change_password(request, id, form_url)
