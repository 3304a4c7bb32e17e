"""Form field and widget for a date and time in the site's time zone, which is named beside them.

A time that comes twice when clocks are put back is shown, and must be typed, with its offset
(`01:30-05:00`); one that does not exist is refused. Django's own field refuses both, so that a form
with such a time could not be saved again.
"""

import re
from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.utils.timezone import is_aware, localtime

from core.time_zone.local_time import UnclearTime, clock_with_offset, is_twice, moment_of

_with_offset = re.compile(r"(?P<time>.+?)\s*(?P<offset>Z|[+-]\d{2}:?\d{2}(?::\d{2})?)")


class OffsetTimeField(forms.TimeField):
    """A time of day; `01:30-05:00` becomes a time with that offset from UTC."""

    def to_python(self, value: Any) -> time | None:
        found = _with_offset.fullmatch(value.strip()) if isinstance(value, str) else None
        if found is None:
            return super().to_python(value)
        try:
            offset = datetime.strptime(found["offset"], "%z").tzinfo
        except ValueError:
            raise ValidationError(self.error_messages["invalid"], "invalid") from None
        read = super().to_python(found["time"])
        return read and read.replace(tzinfo=offset)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.to_python(initial), data)


class MomentWidget(AdminSplitDateTime):
    def decompress(self, value: datetime | None) -> Any:
        """The date, and the time with its offset if it comes twice that day."""
        if value is None or not is_aware(value) or not is_twice(localtime(value)):
            return super().decompress(value)
        local = localtime(value)
        return [local.date(), clock_with_offset(local)]


class MomentField(forms.SplitDateTimeField):
    widget = MomentWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        day, clock = self.fields
        errors = {"invalid": clock.error_messages["invalid"]}
        self.fields = (day, OffsetTimeField(required=False, error_messages=errors))

    def compress(self, data_list: Any) -> datetime | None:
        day, clock = data_list or (None, None)
        if day is None or clock is None:
            return super().compress(data_list)
        wall = datetime.combine(day, clock)
        try:
            return wall.astimezone(UTC) if is_aware(wall) else moment_of(wall)
        except UnclearTime as error:
            raise ValidationError(str(error), "unclear_time") from None
        except OverflowError:
            raise ValidationError(self.error_messages["invalid_date"], "invalid_date") from None
