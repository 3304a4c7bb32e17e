"""Bounds what lists of the admin search for: in the box, and by lookups in the address.

In the box, each word is a condition on each searched field.
"""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

LONGEST = 200  # characters
MOST_WORDS = 20
# A regular expression may be invalid or run for hours, and a range in an address has no two ends:
# Django passes both on, and the query fails. No link of the admin has them.
NEVER = {"regex", "iregex", "range"}


class BoundedSearch:
    """Mixed into a ModelAdmin: a longer search finds nothing, and says so."""

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        if NEVER & {*lookup.split("__")[1:]}:
            return False
        return bool(super().lookup_allowed(lookup, value, request))  # type: ignore[misc]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if len(search_term) <= LONGEST and len(search_term.split()) <= MOST_WORDS:
            return super().get_search_results(request, queryset, search_term)  # type: ignore[misc]
        if "term" not in request.GET:  # where a field asks while it is typed into
            text = _("The search may have at most %(max)d characters and %(words)d words.")
            messages.error(request, text % {"max": LONGEST, "words": MOST_WORDS})
        return queryset.none(), False
