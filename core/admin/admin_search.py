"""Bounds the search boxes of the admin: each word is a condition on each searched field."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

LONGEST = 200  # characters
MOST_WORDS = 20


class BoundedSearch:
    """Mixed into a ModelAdmin: a longer search finds nothing, and says so."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if len(search_term) <= LONGEST and len(search_term.split()) <= MOST_WORDS:
            return super().get_search_results(request, queryset, search_term)  # type: ignore[misc]
        if "term" not in request.GET:  # where a field asks while it is typed into
            text = _("The search may have at most %(max)d characters and %(words)d words.")
            messages.error(request, text % {"max": LONGEST, "words": MOST_WORDS})
        return queryset.none(), False
