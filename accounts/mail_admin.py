"""The queue of mails in the admin: what waits, what has failed and why.

The text of a mail is not shown, since its link would let a reader of it in.
"""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from post_office import admin as stock
from post_office.models import STATUS, Attachment, Email, EmailTemplate, Log

from core.admin.admin_search import BoundedSearch
from core.admin.admin_times import TimesInZone

admin.site.unregister([Attachment, Email, EmailTemplate, Log])


class Failures(stock.LogInline):
    verbose_name_plural = _("failed tries")


@admin.register(Email)
class MailAdmin(BoundedSearch, TimesInZone, admin.ModelAdmin):
    change_form_template = "admin/change_form.html"  # its own has a button that sends at once
    list_display = ["to_all", "subject", "status", "tries", "scheduled_time", "last_error"]
    list_filter = ["status", "created"]
    search_fields = ["to", "subject"]
    readonly_fields = (
        "to_all", "subject", "status", "tries", "created", "scheduled_time", "expires_at",
    )  # fmt: skip
    fields = readonly_fields
    inlines = [Failures]
    actions = ["send_again"]
    ordering = ["-created"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Email]:
        return super().get_queryset(request).prefetch_related("logs")

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Of shown fields only: `?message__contains=` would read out the link in a mail."""
        is_shown = lookup.split("__")[0] in self.list_filter
        return is_shown and super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("To"), ordering="to")
    def to_all(self, mail: Email) -> str:
        return ", ".join(mail.to)

    @admin.display(description=_("tries"), ordering="number_of_retries")
    def tries(self, mail: Email) -> int:
        return mail.number_of_retries or 0

    @admin.display(description=_("last error"))
    def last_error(self, mail: Email) -> str:
        logs = sorted(mail.logs.all(), key=lambda log: log.date)
        return f"{logs[-1].exception_type}: {logs[-1].message}" if logs else ""

    @admin.action(description=_("Send the selected mails again"), permissions=["change"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Email]) -> None:
        """Mails whose link is not valid any more are left out."""
        usable = queryset.exclude(expires_at__lte=timezone.now())
        count = usable.update(status=STATUS.queued, number_of_retries=0, scheduled_time=None)
        done = ngettext("%(count)d mail will be sent.", "%(count)d mails will be sent.", count)
        self.message_user(request, done % {"count": count}, messages.SUCCESS)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
