"""A queryset whose datetimes() needs no time zone tables in the database."""

from datetime import UTC, datetime, tzinfo
from typing import TypeVar

from django.db import models
from django.db.models import Max, Min
from django.db.models.functions import Trunc
from django.utils.timezone import get_current_timezone

KINDS = ("year", "month", "day")
Row = TypeVar("Row", bound=models.Model)


class DatedQuerySet(models.QuerySet[Row]):
    def datetimes(  # type: ignore[override]
        self, field_name: str, kind: str, order: str = "ASC", *, tzinfo: tzinfo | None = None
    ) -> list[datetime]:
        """The years, months or days that have rows, each as its first moment in the time zone.

        The admin's date_hierarchy asks for them. The database groups in UTC. The earliest and the
        latest moment of each group say which local years, months or days it reaches into: two at
        most, since both kinds are equally long. Raises ValueError for any other kind.
        """
        if kind not in KINDS:
            raise ValueError(f"'kind' must be one of {', '.join(KINDS)}.")
        zone = tzinfo or get_current_timezone()
        found = self.filter(**{f"{field_name}__isnull": False}).order_by()
        groups = found.annotate(in_utc=Trunc(field_name, kind, tzinfo=UTC)).values("in_utc")
        ends = groups.annotate(first=Min(field_name), last=Max(field_name))
        moments = {row[end].astimezone(zone) for row in ends for end in ("first", "last")}
        starts = {_start(moment, kind) for moment in moments}
        return sorted(starts, reverse=order == "DESC")


def _start(local: datetime, kind: str) -> datetime:
    month = local.month if kind != "year" else 1
    day = local.day if kind == "day" else 1
    return datetime(local.year, month, day, tzinfo=local.tzinfo)
