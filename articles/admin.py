from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from articles.admin_conflicts import ConflictAdmin
from articles.models import LONGEST_REASON, Article, Page, Redirect, Tag
from articles.models.redirect import UNUSED
from articles.search.search_matches import some_keys
from articles.search.search_query import LONGEST_QUERY
from articles.status_changes import Action, change_status
from core.admin.admin_search import BoundedSearch
from core.admin.admin_times import TimesInZone
from core.admin.autocomplete import KeySelect, KeySelectMultiple


class ReasonForm(ActionForm):
    """The list of actions, with the reason for hiding beside it."""

    reason = forms.CharField(label=_("Reason for hiding:"), required=False)


class ArticleChangeList(ChangeList):
    """Reads the rows of a page without their texts, and the authors in a query of their own.

    Django joins the authors. MariaDB begins such a join with them, and sorts all articles.
    """

    def apply_select_related(self, qs: QuerySet[Any]) -> QuerySet[Any]:
        return qs.defer("body", "body_html").prefetch_related("author")


@admin.register(Article)
class ArticleAdmin(BoundedSearch, TimesInZone, ConflictAdmin):
    list_display = ["title", "author", "byline", "status", "publish_at", "updated_at"]
    list_filter = ["status", "publish_at", ("author", admin.RelatedOnlyFieldListFilter), "tags"]
    search_fields = ["title", "byline", "author__username", "author__display_name"]
    date_hierarchy = "publish_at"
    autocomplete_fields = ["author", "tags"]
    readonly_fields = ["created_at", "updated_at"]
    show_full_result_count = False
    actions = ["publish", "hide"]
    action_form = ReasonForm
    body_limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE  # as the editor's

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ArticleChangeList

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("widget", KeySelect(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("widget", KeySelectMultiple(db_field, self.admin_site))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        """All but those in the trash."""
        found = Article.objects.defer("body_html")
        ordering = self.get_ordering(request)
        return found.order_by(*ordering) if ordering else found

    def formfield_for_choice_field(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Offers the status hidden to those alone who may hide."""
        if db_field.name == "status" and not self.has_hide_permission(request):
            others = [each for each in db_field.choices if each[0] != Article.Status.HIDDEN]
            kwargs["choices"] = others
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Article | None = None) -> Any:
        """The status of a hidden article too, unless the user may show it again."""
        fields = super().get_readonly_fields(request, obj)
        is_hidden = obj is not None and obj.status == Article.Status.HIDDEN
        if is_hidden and not self.has_hide_permission(request):
            return [*fields, "status", "hidden_reason"]
        return fields

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Those that the fields find, and at most MOST_MATCHES that the search index finds."""
        found, has_duplicates = super().get_search_results(request, queryset, search_term)
        if not search_term or len(search_term) > LONGEST_QUERY:
            return found, has_duplicates
        keys = some_keys(Article.objects.all(), search_term)
        return found | queryset.filter(pk__in=keys), has_duplicates

    def has_hide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("articles.hide_article")

    @admin.action(description=_("Publish the chosen articles"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        """Drafts, and hidden articles if the user may show them again."""
        actions = [Action.PUBLISHED]
        actions += [Action.SHOWN] if self.has_hide_permission(request) else []
        changed = self.change_all(request, queryset, actions)
        text = ngettext("%d article is published.", "%d articles are published.", changed)
        self.message_user(request, text % changed, messages.SUCCESS)

    @admin.action(description=_("Hide the chosen articles"), permissions=["hide"])
    def hide(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        reason = request.POST.get("reason", "").strip()
        if not reason or len(reason) > LONGEST_REASON:
            refusal = _("Give a reason of at most %d characters: the author sees it.")
            self.message_user(request, refusal % LONGEST_REASON, messages.ERROR)
            return
        changed = self.change_all(request, queryset, [Action.HIDDEN], reason)
        text = ngettext("%d article is hidden.", "%d articles are hidden.", changed)
        self.message_user(request, text % changed, messages.SUCCESS)

    def change_all(
        self,
        request: HttpRequest,
        queryset: QuerySet[Article],
        actions: Sequence[str],
        reason: str = "",
    ) -> int:
        """The number of articles whose status allowed one of the actions."""
        keys = list(queryset.order_by("pk").values_list("pk", flat=True))
        return sum(
            change_status(pk, action, request.user, reason) is not None
            for pk in keys
            for action in actions
        )

    def delete_model(self, request: HttpRequest, obj: Article) -> None:
        """Moves it to the trash, as its author's own deleting does."""
        change_status(obj.pk, Action.TRASHED, request.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        self.change_all(request, queryset, [Action.TRASHED])

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The articles alone: their revisions and tags go to the trash with them."""
        names = [str(each) for each in objs]
        return names, {self.opts.verbose_name_plural: len(names)}, set(), []


@admin.register(Tag)
class TagAdmin(BoundedSearch, admin.ModelAdmin):
    list_display = ["name", "slug"]
    search_fields = ["name", "slug"]


@admin.register(Redirect)
class RedirectAdmin(BoundedSearch, admin.ModelAdmin):
    list_display = ["path", "article", "address", "status"]
    list_filter = ["status"]
    list_select_related = ["article"]
    search_fields = ["path", "address"]
    autocomplete_fields = ["article"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Redirect]:
        return super().get_queryset(request).defer(*UNUSED)


@admin.register(Page)
class PageAdmin(BoundedSearch, admin.ModelAdmin):
    list_display = ["title", "slug", "language", "updated_at"]
    list_filter = ["language"]
    search_fields = ["title", "slug"]
