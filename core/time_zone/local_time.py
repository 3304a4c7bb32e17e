"""Converts between moments and clock times in the site's time zone.

Databases compare moments only, so days, months and years are half-open ranges that are computed
here: MariaDB and MySQL convert no zone unless their time zone tables are filled.
"""

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from django.utils.timezone import (
    get_current_timezone,
    get_current_timezone_name,
    localtime,
    now,
)
from django.utils.translation import gettext as _

DAY = 24 * 60 * 60  # seconds


class UnclearTime(ValueError):  # noqa: N818 - it names a property of the time
    """A clock time does not exist, or comes twice, because clocks are changed."""


def moment_of(wall: datetime, zone: tzinfo | None = None) -> datetime:
    """The moment, in UTC, at which the clocks of `zone` (None: the site's) show the naive `wall`.

    Raises UnclearTime where clocks are changed, and OverflowError at the ends of the calendar.
    """
    zone = zone or get_current_timezone()
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        raise UnclearTime(_unclear(wall, first, second))
    return first.astimezone(UTC)


def is_twice(local: datetime) -> bool:
    """Whether clocks show the time of this aware datetime twice."""
    first, second = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return first < second


def _unclear(wall: datetime, first: datetime, second: datetime) -> str:
    values = {"time": _clock(wall), "zone": first.tzinfo}
    if first.astimezone(UTC) < second.astimezone(UTC):
        values |= {"first": clock_with_offset(first), "second": clock_with_offset(second)}
        return (
            _(
                "%(time)s comes twice in %(zone)s, because clocks are put back. Write the offset "
                "behind the time: %(first)s or %(second)s."
            )
            % values
        )
    values |= {"first": _existing(second, wall), "second": _existing(first, wall)}
    return (
        _(
            "%(time)s does not exist in %(zone)s, because clocks are put forward. Write another "
            "time, such as %(first)s or %(second)s."
        )
        % values
    )


def _existing(skipped: datetime, wall: datetime) -> str:
    """The clock time of this moment, with its date unless that is the day of `wall`."""
    shown = skipped.astimezone(UTC).astimezone(skipped.tzinfo).replace(tzinfo=None)
    text = _clock(shown)
    return text.partition(" ")[2] if shown.date() == wall.date() else text


def _clock(wall: datetime) -> str:
    return wall.isoformat(" ", "seconds").removesuffix(":00")


def clock_with_offset(local: datetime) -> str:
    """`01:30-05:00`"""
    return local.isoformat("T", "seconds" if local.second else "minutes").partition("T")[2]


def first_moment(day: date) -> datetime:
    """The first moment, in UTC, of a day in the site's time zone.

    That is not midnight where clocks are put forward over it. Raises OverflowError at the ends
    of the calendar.
    """
    zone = get_current_timezone()
    midnight = datetime.combine(day, time.min, zone)
    early, late = sorted(midnight.replace(fold=fold).astimezone(UTC) for fold in (0, 1))

    def is_reached(seconds: int) -> bool:
        return (early + timedelta(seconds=seconds)).astimezone(zone).date() >= day

    between = range(int((late - early).total_seconds()))
    return early + timedelta(seconds=bisect_left(between, True, key=is_reached))


def month_range(year: int, month: int) -> tuple[datetime, datetime]:
    """The first moments of a month and of the next one."""
    following = date(year + month // 12, month % 12 + 1, 1)
    return first_moment(date(year, month, 1)), first_moment(following)


def year_range(year: int) -> tuple[datetime, datetime]:
    """The first moments of a year and of the next one."""
    return first_moment(date(year, 1, 1)), first_moment(date(year + 1, 1, 1))


def iso_text(moment: datetime) -> str:
    """RFC 3339, in the site's time zone if that is exact: `2026-03-01T06:00:00+08:00`.

    Offsets of before about 1930 have seconds, which RFC 3339 and HTML cannot write.
    """
    whole = _offset(moment) % timedelta(minutes=1) == timedelta(0)
    return (localtime(moment) if whole else moment.astimezone(UTC)).isoformat("T", "seconds")


def offset_of(moment: datetime) -> str:
    """The offset of the site's time zone at a moment: `UTC` or `UTC+08:00`."""
    return str(timezone(_offset(moment)))


def zone_at(moment: datetime) -> str:
    """The name of the site's time zone after a time: `Asia/Shanghai, UTC+08:00`."""
    name = get_current_timezone_name()
    return name if name == "UTC" else f"{name}, {offset_of(moment)}"


def zone_label() -> str:
    """The name of the site's time zone beside a form field: `Asia/Shanghai (UTC+08:00)`.

    It names a change of the clocks within a year, since a typed time may be after it.
    """
    name, moment = get_current_timezone_name(), now()
    if name == "UTC":
        return name
    values = {"zone": name, "offset": offset_of(moment)}
    change = next_change(moment)
    if change is None:
        return _("%(zone)s (%(offset)s)") % values
    values |= {"day": f"{localtime(change):%Y-%m-%d}", "next": offset_of(change)}
    return _("%(zone)s (%(offset)s; from %(day)s %(next)s)") % values


def next_change(moment: datetime) -> datetime | None:
    """The next change of the clocks; None if there is none within a year."""
    offset = _offset(moment)

    def is_changed(seconds: int) -> bool:
        return _offset(moment + timedelta(seconds=seconds)) != offset

    for start in range(0, 366 * DAY, DAY):
        if is_changed(start + DAY):
            passed = bisect_left(range(start, start + DAY), True, key=is_changed)
            return moment + timedelta(seconds=start + passed)
    return None


def _offset(moment: datetime) -> timedelta:
    return localtime(moment).utcoffset() or timedelta(0)
