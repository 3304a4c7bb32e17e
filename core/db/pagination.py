"""Pages by number with a bounded count: a long list costs no full COUNT(*)."""

from functools import cached_property

from django.core.paginator import Paginator
from django.db.models import QuerySet

MOST_PAGES = 100


class BoundedPaginator(Paginator):
    """Counts at most MOST_PAGES pages; older entries are found by archive, tag and search."""

    object_list: QuerySet

    @cached_property
    def count(self) -> int:
        return self.object_list[: MOST_PAGES * self.per_page].count()
