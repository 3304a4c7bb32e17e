"""Finds an author's own articles: by status, with counts, by words, sorted."""

from typing import Any

from django import forms
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db.models import Count, F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from articles.models import Article
from articles.querysets import ArticleQuerySet, is_public
from articles.schedule import steady_now
from articles.search.search_matches import some_keys

LONGEST_SEARCH = 200  # characters, as of a title
STATUSES = {
    "draft": _("Drafts"),
    "scheduled": _("Scheduled"),
    "published": _("Published"),
    "hidden": _("Hidden by an editor"),
}
SORTS = {
    "changed": _("last changed"),
    "published": _("date of publication"),
    "title": _("title"),
}
ORDERS: dict[str, list[Any]] = {  # each with the key at its end, so that pages do not overlap
    "changed": ["-updated_at", "-id"],
    "published": [F("publish_at").desc(nulls_last=True), "-id"],
    "title": [Lower("title"), "id"],
}


class OwnArticlesForm(forms.Form):
    """The filters of the list, as its address has them."""

    q = forms.CharField(
        label=_("Search in titles and texts"),
        required=False,
        max_length=LONGEST_SEARCH,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    sort = forms.ChoiceField(label=_("Sort by"), required=False, choices=[*SORTS.items()])
    status = forms.ChoiceField(
        required=False, choices=[*STATUSES.items()], widget=forms.HiddenInput
    )

    def values(self) -> dict[str, str]:
        """The valid filters; the page names the others beside their fields."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


def with_status(status: str) -> Q:
    """The condition of one of STATUSES."""
    now = steady_now()
    if status == "scheduled":
        return Q(status=Article.Status.PUBLISHED, publish_at__gt=now)
    return is_public(now) if status == "published" else Q(status=status)


def found_by_words(user: AbstractUser | AnonymousUser, words: str) -> ArticleQuerySet:
    """The user's articles whose title contains each of the words, or that the search finds."""
    own = Article.objects.written_by(user)
    if not words:
        return own
    in_title = Q()
    for word in words.split():
        in_title &= Q(title__icontains=word)
    return own.filter(in_title | Q(pk__in=some_keys(own, words)))


def count_by_status(found: ArticleQuerySet) -> dict[str, int]:
    """The numbers of articles of each of STATUSES, in one query."""
    counts = {status: Count("pk", filter=with_status(status)) for status in STATUSES}
    return found.aggregate(**counts)


def in_order(found: ArticleQuerySet, sort: str) -> ArticleQuerySet:
    """The rows that the list shows, without the texts."""
    return found.order_by(*ORDERS[sort]).defer("body", "body_html")
