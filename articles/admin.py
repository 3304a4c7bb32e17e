from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from articles.admin_conflicts import ConflictAdmin
from articles.models import Article, Tag
from core.admin.admin_search import BoundedSearch
from core.admin.admin_times import TimesInZone
from core.admin.autocomplete import KeySelect, KeySelectMultiple


@admin.register(Article)
class ArticleAdmin(BoundedSearch, TimesInZone, ConflictAdmin):
    list_display = ["title", "author", "byline", "status", "publish_at", "updated_at"]
    list_filter = ["status", "publish_at", ("author", admin.RelatedOnlyFieldListFilter), "tags"]
    list_select_related = ["author"]
    search_fields = ["title", "byline", "author__username", "author__display_name"]
    date_hierarchy = "publish_at"
    autocomplete_fields = ["author", "tags"]
    readonly_fields = ["created_at", "updated_at"]
    show_full_result_count = False
    actions = ["publish", "hide"]
    body_limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE  # as the editor's

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("widget", KeySelect(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("widget", KeySelectMultiple(db_field, self.admin_site))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        return super().get_queryset(request).defer("body_html")

    @admin.action(description=_("Publish the chosen articles"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        changed = queryset.update(
            status=Article.Status.PUBLISHED,
            publish_at=Coalesce(F("publish_at"), timezone.now()),
        )
        text = ngettext("%d article is published.", "%d articles are published.", changed)
        self.message_user(request, text % changed, messages.SUCCESS)

    @admin.action(description=_("Hide the chosen articles"), permissions=["change"])
    def hide(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        changed = queryset.update(status=Article.Status.HIDDEN)
        text = ngettext("%d article is hidden.", "%d articles are hidden.", changed)
        self.message_user(request, text % changed, messages.SUCCESS)


@admin.register(Tag)
class TagAdmin(BoundedSearch, admin.ModelAdmin):
    list_display = ["name", "slug"]
    search_fields = ["name", "slug"]
