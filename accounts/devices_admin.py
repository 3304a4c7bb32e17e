from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.known_devices import forget_devices
from accounts.models import LoginSession, LoginSessionQuerySet, User, end_sessions
from accounts.reauthentication import ConfirmedAdmin
from core.admin.admin_search import BoundedSearch
from core.admin.admin_times import TimesInZone


class SignInList(ChangeList):
    def get_results(self, request: HttpRequest) -> None:
        """Looks up the sessions of the page in the store, by one query."""
        super().get_results(request)
        shown = [row.pk for row in self.result_list]
        alive = {row.pk for row in LoginSession.objects.filter(pk__in=shown).alive()}
        for row in self.result_list:
            row.is_alive = row.pk in alive


@admin.register(LoginSession)
class LoginSessionAdmin(BoundedSearch, TimesInZone, ConfirmedAdmin, admin.ModelAdmin):
    """A list that can end sessions; rows are never added or changed here."""

    list_display = ["device", "user", "address", "last_seen_at", "created_at", "alive"]
    list_display_links = None
    list_select_related = ["user"]
    list_filter = ["last_seen_at", "system", "browser"]
    search_fields = ["user__username", "user__display_name", "address"]
    show_full_result_count = False
    actions = ["end_sessions"]

    @admin.display(description=_("device"))
    def device(self, row: LoginSession) -> str:
        return row.device

    @admin.display(description=_("signed in now"), boolean=True)
    def alive(self, row: LoginSession) -> bool:
        return bool(getattr(row, "is_alive", False))

    @admin.action(description=_("End the selected sessions"), permissions=["delete"])
    def end_sessions(self, request: HttpRequest, queryset: LoginSessionQuerySet) -> None:
        forget_devices(queryset.values_list("id_hash", flat=True))
        count = queryset.end()
        done = ngettext("%(count)d session is ended.", "%(count)d sessions are ended.", count)
        self.message_user(request, done % {"count": count}, messages.SUCCESS)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return SignInList

    def get_actions(self, request: HttpRequest, action_location: Any = None) -> dict[str, Any]:
        """Without Django's delete action: the row of a session that goes on would come back."""
        location = (action_location,) if action_location else ()  # Django 6.1 passes it
        actions = super().get_actions(request, *location)
        actions.pop("delete_selected", None)
        return actions

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: LoginSession) -> None:
        forget_devices([obj.id_hash])
        end_sessions([obj.id_hash])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[LoginSession]) -> None:
        hashes = list(queryset.values_list("id_hash", flat=True))
        forget_devices(hashes)
        end_sessions(hashes)


class SignInsOfUser:
    """Mixed into the users' ModelAdmin: a link to the sign-ins of the user."""

    @admin.display(description=_("Sign-ins"))
    def sign_ins(self, user: User) -> SafeString:
        address = reverse("admin:accounts_loginsession_changelist")
        count = LoginSession.objects.filter(user=user).count()
        return format_html('<a href="{}?user__id__exact={}">{}</a>', address, user.pk, count)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The permission to delete a user covers the rows of the user's sessions."""
        found, counts, needed, kept = super().get_deleted_objects(objs, request)  # type: ignore[misc]
        return found, counts, needed - {LoginSession._meta.verbose_name}, kept
