"""Reads dates as people and generators write them; one without a zone is in the site's."""

import re
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from django.utils import timezone as site
from django.utils.translation import gettext as _

from articles.importing import Refused
from articles.publication_range import is_in_range, range_text
from core.time_zone.local_time import UnclearTime, first_moment, moment_of

_day = r"(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?"
_time = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
_named_zone = r"(?!posix/|right/)[A-Z]+(?:/[\w+-]+)+"  # these two are not in the IANA database
_zone = rf"(?P<zone>Z|UTC|GMT|[+-]\d{{2}}(?::?\d{{2}})?|{_named_zone})"
_written = re.compile(rf"{_day}(?:[T\s]+{_time}\s*{_zone}?)?", re.IGNORECASE)
PARTS = ("year", "month", "day", "hour", "minute", "second")


EXAMPLES = (
    "2014-12-12; 2014/1/2 10:00; 2014-12-12T10:00+08:00; 2014-12-12 10:00 Asia/Shanghai; "
    "Fri, 12 Dec 2014 10:00 GMT"
)


def read_date(text: str, name: str = "date", also: str = "") -> datetime:
    """Reads a date as in EXAMPLES; `name` is its field, and `also` what else that may hold.

    Raises Refused for any other text, for a date out of the range of articles, and for a time
    that does not exist or comes twice because clocks are changed.
    """
    try:
        found = _written.fullmatch(text)
        moment = (_of_parts(found) if found else _of_mail(text)).astimezone(UTC)
    except UnclearTime as error:
        raise Refused(
            _("has a “%(name)s” that is unclear: %(why)s") % {"name": name, "why": error}
        ) from None
    except OverflowError:  # at the ends of the calendar
        raise _out_of_range(text, name) from None
    except (ValueError, LookupError, OSError):  # the last two: no such zone
        raise _refusal(text, name, also) from None
    if not is_in_range(moment):
        raise _out_of_range(text, name)
    return moment


def short(moment: datetime) -> str:
    """Returns `2014-12-12` or `2014-12-12 10:00+08:00` in the site's zone; in UTC no offset."""
    local = site.localtime(moment)
    if local.time() == time.min:
        return f"{local:%Y-%m-%d}"
    text = local.isoformat(" ", "minutes")
    return text[:16] if site.get_current_timezone_name() == "UTC" else text


def _refusal(text: str, name: str, also: str) -> Refused:
    allowed = f"{EXAMPLES}; {also}" if also else EXAMPLES
    values = {"text": text[:60], "name": name, "allowed": allowed}
    message = _("has a date that cannot be read: “%(text)s” in “%(name)s”; allowed are %(allowed)s")
    return Refused(message % values)


def _out_of_range(text: str, name: str) -> Refused:
    values = {"text": text[:60], "name": name, "range": range_text()}
    message = _("has a date out of range: “%(text)s” in “%(name)s”; a date must lie %(range)s")
    return Refused(message % values)


def _of_parts(found: re.Match[str]) -> datetime:
    wall = datetime(*(int(found[part] or 0) for part in PARTS))  # type: ignore[arg-type]
    zone = _zone_of(found["zone"])
    if found["hour"] is None:
        return first_moment(wall.date())
    return moment_of(wall, zone)


def _of_mail(text: str) -> datetime:
    """Reads a date as in the header of an e-mail.

    Python's parser ignores zones that it does not know; here they raise ValueError.
    """
    try:
        moment = parsedate_to_datetime(text)
    except OverflowError:  # a number has too many digits
        raise ValueError from None
    if moment.tzinfo:
        return moment
    behind_minutes = text.rpartition(":")[2]
    if re.search(r"[^\W\d_]", behind_minutes):  # a letter: CEST, PM
        raise ValueError
    return moment_of(moment, UTC if behind_minutes.rstrip().endswith("-0000") else None)


def _zone_of(text: str | None) -> tzinfo | None:
    if text is None or "/" in text:
        return ZoneInfo(text) if text else None
    if text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-span if text[0] == "-" else span)
