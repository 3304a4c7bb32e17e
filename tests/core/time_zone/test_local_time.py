"""The clocks of the site's time zone: days, months and the hours in which clocks are changed."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from core.time_zone.local_time import (
    UnclearTime,
    first_moment,
    is_twice,
    iso_text,
    moment_of,
    month_range,
    next_change,
    year_range,
    zone_at,
    zone_label,
)

# With midnights that do not exist (São Paulo, Toronto, Beirut), a missing day (Apia) and the rest
ZONES = ["UTC", "Asia/Shanghai", "America/New_York", "Asia/Kolkata", "America/Sao_Paulo"]
ZONES += ["America/Toronto", "America/St_Johns", "America/Havana", "Asia/Beirut", "Pacific/Apia"]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.fixture
def new_york() -> Iterator[None]:
    with timezone.override("America/New_York"):
        yield


@pytest.mark.parametrize(
    ("zone", "start", "end"),
    [
        ("UTC", utc(2026, 3, 1), utc(2026, 4, 1)),
        ("Asia/Shanghai", utc(2026, 2, 28, 16), utc(2026, 3, 31, 16)),
        ("Asia/Kolkata", utc(2026, 2, 28, 18, 30), utc(2026, 3, 31, 18, 30)),
        ("America/New_York", utc(2026, 3, 1, 5), utc(2026, 4, 1, 4)),
    ],
)
def test_month_begins_and_ends_at_local_midnight(zone: str, start: datetime, end: datetime) -> None:
    with timezone.override(zone):
        assert month_range(2026, 3) == (start, end)


def test_year_and_december_end_with_the_next_year(new_york: None) -> None:
    assert month_range(2025, 12) == (utc(2025, 12, 1, 5), utc(2026, 1, 1, 5))
    assert year_range(2025) == (utc(2025, 1, 1, 5), utc(2026, 1, 1, 5))


@pytest.mark.parametrize(
    ("zone", "day", "moment"),
    [
        ("America/Sao_Paulo", date(2018, 11, 4), utc(2018, 11, 4, 3)),  # 00:00 became 01:00
        ("America/Toronto", date(1919, 3, 31), utc(1919, 3, 31, 4, 30)),  # 23:30 became 00:30
        ("America/Havana", date(2025, 11, 2), utc(2025, 11, 2, 4)),  # 00:00 came twice
    ],
)
def test_day_begins_where_midnight_is_skipped_or_comes_twice(
    zone: str, day: date, moment: datetime
) -> None:
    with timezone.override(zone):
        assert first_moment(day) == moment


@given(st.sampled_from(ZONES), st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_first_moment_of_a_day_is_the_first(zone: str, day: date) -> None:
    with timezone.override(zone):
        moment = first_moment(day)
        assert moment.astimezone(ZoneInfo(zone)).date() >= day
        before = moment - timedelta(microseconds=1)
        assert before.astimezone(ZoneInfo(zone)).date() < day


@pytest.mark.parametrize(
    ("wall", "why"),
    [
        (datetime(2026, 3, 8, 2, 30), "2026-03-08 02:30 does not exist.* such as 01:30 or 03:30"),
        (datetime(2026, 11, 1, 1, 30), "01:30 comes twice .*: 01:30-04:00 or 01:30-05:00"),
        (datetime(2026, 11, 1, 1, 0, 5), "01:00:05 comes twice .* 01:00:05-04:00 or"),
    ],
)
def test_time_of_a_changed_clock_is_refused_with_both_readings(
    new_york: None, wall: datetime, why: str
) -> None:
    with pytest.raises(UnclearTime, match=why):
        moment_of(wall)


@pytest.mark.parametrize(
    ("zone", "wall", "advice"),
    [
        ("Africa/Cairo", datetime(2026, 4, 24, 0, 30), "2026-04-23 23:30 or 01:30."),
        ("America/Havana", datetime(2026, 3, 8, 0, 30), "2026-03-07 23:30 or 01:30."),
        ("America/Toronto", datetime(1919, 3, 30, 23, 45), "22:45 or 1919-03-31 00:45."),
        ("Pacific/Apia", datetime(2011, 12, 30, 10), "2011-12-29 10:00 or 2011-12-31 10:00."),
        ("America/New_York", datetime(2026, 3, 8, 2, 0, 5), "01:00:05 or 03:00:05."),
    ],
)
def test_suggested_time_of_another_day_is_named_with_its_date(
    zone: str, wall: datetime, advice: str
) -> None:
    with pytest.raises(UnclearTime, match=re.escape(f"such as {advice}")):
        moment_of(wall, ZoneInfo(zone))
    with translation.override("zh-hans"), pytest.raises(UnclearTime) as refusal:
        moment_of(wall, ZoneInfo(zone))
    assert advice.replace(" or ", " 或 ").replace(".", "。") in str(refusal.value)


@pytest.mark.parametrize(
    ("wall", "moment"),
    [
        (datetime(2026, 3, 8, 1, 59), utc(2026, 3, 8, 6, 59)),
        (datetime(2026, 3, 8, 3), utc(2026, 3, 8, 7)),
        (datetime(2026, 11, 1, 0, 59), utc(2026, 11, 1, 4, 59)),
        (datetime(2026, 11, 1, 2), utc(2026, 11, 1, 7)),
    ],
)
def test_times_around_a_change_are_clear(new_york: None, wall: datetime, moment: datetime) -> None:
    assert moment_of(wall) == moment
    assert moment_of(wall, ZoneInfo("Asia/Shanghai")) == moment_of(wall, ZoneInfo("Asia/Taipei"))


def test_both_hours_that_clocks_show_twice_are_known(new_york: None) -> None:
    shown = [timezone.localtime(utc(2026, 11, 1, hour, 30)) for hour in (4, 5, 6, 7)]
    assert [is_twice(local) for local in shown] == [False, True, True, False]
    assert not is_twice(timezone.localtime(utc(2026, 3, 8, 7)))


LABELS = [
    ("UTC", "UTC", "UTC"),
    ("Asia/Shanghai", "Asia/Shanghai (UTC+08:00)", "Asia/Shanghai（UTC+08:00）"),
    ("Asia/Kolkata", "Asia/Kolkata (UTC+05:30)", "Asia/Kolkata（UTC+05:30）"),
    (
        "America/New_York",
        "America/New_York (UTC-05:00; from 2026-03-08 UTC-04:00)",
        "America/New_York（UTC-05:00；2026-03-08 起 UTC-04:00）",
    ),
]


@pytest.mark.parametrize(("zone", "english", "chinese"), LABELS)
@time_machine.travel(utc(2026, 1, 5), tick=False)
def test_zone_is_named_with_its_offset_and_the_next_change(
    zone: str, english: str, chinese: str
) -> None:
    with timezone.override(zone):
        assert zone_label() == english
        with translation.override("zh-hans"):
            assert zone_label() == chinese


def test_next_change_is_exact(new_york: None) -> None:
    assert next_change(utc(2026, 1, 5)) == utc(2026, 3, 8, 7)
    assert next_change(utc(2026, 3, 8, 7)) == utc(2026, 11, 1, 6)


def test_zone_behind_a_time_has_the_offset_of_that_time(new_york: None) -> None:
    assert zone_at(utc(2026, 7, 1)) == "America/New_York, UTC-04:00"
    assert zone_at(utc(2026, 1, 1)) == "America/New_York, UTC-05:00"


def test_moments_for_machines_stay_exact_where_the_offset_has_seconds() -> None:
    with timezone.override("Asia/Shanghai"):
        assert iso_text(utc(2026, 2, 28, 22)) == "2026-03-01T06:00:00+08:00"
        assert iso_text(utc(1900, 1, 1)) == "1900-01-01T00:00:00+00:00"  # there +08:05:43
