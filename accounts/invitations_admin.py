from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Field, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.mail_links import TOKEN_BYTES, digest_of
from accounts.mail_queue import queue
from accounts.models import Invitation, User
from accounts.reauthentication import ConfirmedAdmin
from accounts.validators import check_address
from core.admin.admin_search import BoundedSearch
from core.admin.admin_times import TimesInZone

DEFAULT_LIFETIME = timedelta(days=7)


class InvitationForm(forms.ModelForm):
    email = forms.EmailField(
        label=_("send to"),
        required=False,
        validators=[check_address],
        help_text=_("The link is shown once in any case."),
    )

    def clean_expires_at(self) -> datetime:
        at: datetime = self.cleaned_data["expires_at"]
        if at <= timezone.now():
            raise ValidationError(_("This time is over: the invitation could not be used."), "past")
        return at


@admin.register(Invitation)
class InvitationAdmin(BoundedSearch, TimesInZone, ConfirmedAdmin, admin.ModelAdmin):
    """Makes and revokes invitations; they are not changed."""

    form = InvitationForm
    list_display = ["note", "role", "uses", "most_uses", "expires_at", "is_open", "made_by"]
    list_filter = ["role", "expires_at"]
    list_select_related = ["made_by"]
    search_fields = ["note", "made_by__username"]
    actions = ["revoke"]

    def get_fields(self, request: HttpRequest, obj: Invitation | None = None) -> Any:
        made = ["note", "role", "most_uses", "expires_at"]
        if obj:
            return [*made, "uses", "revoked_at", "made_by", "made_at"]
        return [*made, "email"] if settings.INKPOOL_SENDS_MAIL else made

    def get_readonly_fields(self, request: HttpRequest, obj: Invitation | None = None) -> Any:
        return self.get_fields(request, obj) if obj else []

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"expires_at": timezone.now() + DEFAULT_LIFETIME}

    def formfield_for_choice_field(
        self, db_field: Field, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Only superusers give rights: others invite authors."""
        if db_field.name == "role" and not request.user.is_superuser:
            kwargs["choices"] = [(Invitation.Role.AUTHOR, Invitation.Role.AUTHOR.label)]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: Invitation, form: forms.ModelForm, change: bool
    ) -> None:
        if change:
            return
        token = token_urlsafe(TOKEN_BYTES)
        obj.digest, obj.made_by = digest_of(token), cast(User, request.user)
        super().save_model(request, obj, form, change)
        link = request.build_absolute_uri(reverse("accounts:invitation", args=[token]))
        context = {"link": link, "expires_at": obj.expires_at, "sender": request.user}
        queue(form.cleaned_data.get("email", ""), "invitation", context, expires_at=obj.expires_at)
        shown = format_html("{} <code>{}</code>", _("The link, which is shown only now:"), link)
        messages.success(request, shown)

    @admin.display(description=_("can be used"), boolean=True)
    def is_open(self, invitation: Invitation) -> bool:
        is_free = invitation.uses < invitation.most_uses and invitation.revoked_at is None
        return is_free and invitation.expires_at > timezone.now()

    @admin.action(description=_("Revoke the selected invitations"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        count = queryset.filter(revoked_at=None).update(revoked_at=timezone.now())
        done = ngettext(
            "%(count)d invitation is revoked.", "%(count)d invitations are revoked.", count
        )
        self.message_user(request, done % {"count": count}, messages.SUCCESS)
