"""The field for a date and time: what is typed is that moment or refused, never another one."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django import forms
from django.utils import timezone

from core.time_zone.time_fields import MomentField


class Timed(forms.Form):
    at = MomentField(required=False)


def sent(day: str, clock: str, **initial: datetime) -> Timed:
    return Timed({"at_0": day, "at_1": clock}, initial=initial)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.fixture(autouse=True)
def new_york() -> Iterator[None]:
    with timezone.override("America/New_York"):
        yield


@pytest.mark.parametrize(
    ("day", "clock", "moment"),
    [
        ("2026-07-01", "09:00", utc(2026, 7, 1, 13)),
        ("2026-12-01", "09:00:30", utc(2026, 12, 1, 14, 0, 30)),
        ("2026-11-01", "01:30-04:00", utc(2026, 11, 1, 5, 30)),
        ("2026-11-01", "01:30 -0500", utc(2026, 11, 1, 6, 30)),
        ("2026-07-01", "09:00Z", utc(2026, 7, 1, 9)),
        ("2026-07-01", "09:00+05:30", utc(2026, 7, 1, 3, 30)),
        ("", "", None),
    ],
)
def test_typed_time_is_of_the_zone_or_of_its_offset(
    day: str, clock: str, moment: datetime | None
) -> None:
    form = sent(day, clock)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["at"] == moment


@pytest.mark.parametrize(
    ("day", "clock", "why"),
    [
        ("2026-03-08", "02:30", "does not exist in America/New_York"),
        ("2026-11-01", "01:30", "Write the offset behind the time: 01:30-04:00 or 01:30-05:00."),
        ("2026-07-01", "25:00", "Enter a valid time."),
        ("2026-07-01", "09:00+25:00", "Enter a valid time."),
        ("2026-07-01", "+08:00", "Enter a valid time."),
        ("2026-07-01", "", "Enter a valid time."),
        ("", "09:00", "Enter a valid date."),
        ("9999-12-31", "23:00", "Enter a valid date."),
        ("0001-01-01", "00:00+08:00", "Enter a valid date."),
    ],
)
def test_time_that_is_none_is_refused(day: str, clock: str, why: str) -> None:
    assert why in sent(day, clock).errors["at"][0]


@pytest.mark.parametrize(
    "moment",
    [utc(2026, 11, 1, 5, 30), utc(2026, 11, 1, 6, 30), utc(2026, 3, 8, 7), utc(2026, 7, 1, 13)],
)
def test_form_that_is_sent_as_it_was_shown_changes_nothing(moment: datetime) -> None:
    day, clock = MomentField().widget.decompress(moment)
    form = sent(str(day), str(clock), at=moment)
    assert form.is_valid(), form.errors
    assert (form.cleaned_data["at"], form.changed_data) == (moment, [])


def test_other_hour_of_a_time_that_comes_twice_is_a_change() -> None:
    assert sent("2026-11-01", "01:30-05:00", at=utc(2026, 11, 1, 5, 30)).changed_data == ["at"]
