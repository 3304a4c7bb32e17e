"""Shows and filters times of the admin in the site's time zone, without conversion by SQL."""

from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware

from core.time_zone.time_fields import MomentField, MomentWidget

# The lookups of a date and time that are ranges. Others (`date`, `hour`, `contains`) compare its
# text or parts in UTC, or find nothing if the database has no time zone tables.
RANGES: tuple[list[str], ...] = (
    [],
    ["exact"],
    ["gt"],
    ["gte"],
    ["lt"],
    ["lte"],
    ["in"],
    ["isnull"],
)
BOUNDED = (["year"], ["month"], ["day"])  # Django turns them into a range
YEARS = range(2, 9999)  # both ends exist in every time zone


class TimesInZone:
    """Mixed into a ModelAdmin."""

    formfield_overrides: Any = {
        models.DateTimeField: {"form_class": MomentField, "widget": MomentWidget},
    }

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Ranges are allowed, and the lookups of `date_hierarchy` if they have a year."""
        name, *parts = lookup.split("__")
        if self._is_date_time(name) and not self._is_bounded(name, parts, str(value), request):
            return False
        return super().lookup_allowed(lookup, value, request)  # type: ignore[misc]

    def _is_date_time(self, name: str) -> bool:
        try:
            field = self.model._meta.get_field(name)  # type: ignore[attr-defined]
        except FieldDoesNotExist:
            return False
        return isinstance(field, models.DateTimeField)

    def _is_bounded(self, name: str, parts: list[str], value: str, request: HttpRequest) -> bool:
        if parts in RANGES:
            return all(_is_storable(part) for part in value.split(","))
        if name != self.date_hierarchy or parts not in BOUNDED:  # type: ignore[attr-defined]
            return False
        years = request.GET.getlist(f"{name}__year")
        return bool(years) and all(_is_year(year) for year in years)


def _is_year(text: str) -> bool:
    return text.isdecimal() and len(text) <= 4 and int(text) in YEARS


def _is_storable(text: str) -> bool:
    """Whether a time, if the text is one, can be converted to UTC."""
    try:
        moment = parse_datetime(text)
        return moment is None or bool(_aware(moment).astimezone(UTC))
    except OverflowError:
        return False
    except ValueError:  # for a date that does not exist, Django shows an error
        return True


def _aware(moment: datetime) -> datetime:
    return make_aware(moment) if is_naive(moment) else moment
