"""Bounds the searches of the admin's lists: the search box, and lookups in the query string.

Each word in the box becomes a condition on each searched field.
"""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

MAX_LENGTH = 200  # characters
MAX_WORDS = 20
# A regular expression may be invalid or run for hours, and a range in a query string lacks an end:
# Django passes both on, and the query fails. No link of the admin contains them.
REFUSED_LOOKUPS = {"regex", "iregex", "range"}


class BoundedSearch:
    """Mixed into a ModelAdmin: a search that is too long finds nothing and shows an error."""

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        if REFUSED_LOOKUPS & {*lookup.split("__")[1:]}:
            return False
        return bool(super().lookup_allowed(lookup, value, request))  # type: ignore[misc]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if len(search_term) <= MAX_LENGTH and len(search_term.split()) <= MAX_WORDS:
            return super().get_search_results(request, queryset, search_term)  # type: ignore[misc]
        if "term" not in request.GET:  # not for an autocomplete field, which shows no messages
            text = _("The search may have at most %(max)d characters and %(words)d words.")
            messages.error(request, text % {"max": MAX_LENGTH, "words": MAX_WORDS})
        return queryset.none(), False
