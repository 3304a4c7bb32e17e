"""Dates as people and generators write them; without a zone they are in the site's."""

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from django.utils import timezone as site
from django.utils.translation import gettext as _

from articles.importing import Refused

_day = r"(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?"
_time = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
_zone = r"(?P<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)"
_written = re.compile(rf"{_day}(?:[T\s]+{_time}\s*{_zone}?)?", re.IGNORECASE)
PARTS = ("year", "month", "day", "hour", "minute", "second")


EXAMPLES = "2014-12-12; 2014/1/2 10:00; 2014-12-12T10:00+08:00; Fri, 12 Dec 2014 10:00 GMT"


def read_date(text: str, name: str = "date", also: str = "") -> datetime:
    """Reads a date as in EXAMPLES; `name` is its field, and `also` what else that may hold.

    Raises Refused for any other text, and for a year before 1900 or after 2999.
    """
    try:
        found = _written.fullmatch(text)
        moment = _of_parts(found) if found else parsedate_to_datetime(text)
        aware = moment if moment.tzinfo else site.make_aware(moment)
        return _storable(aware)
    except (ValueError, OverflowError):
        raise _refusal(text, name, also) from None


def short(moment: datetime) -> str:
    """`2014-12-12` or `2014-12-12 10:00`, in the site's zone."""
    local = site.localtime(moment)
    return f"{local:%Y-%m-%d %H:%M}".removesuffix(" 00:00")


def _refusal(text: str, name: str, also: str) -> Refused:
    allowed = f"{EXAMPLES}; {also}" if also else EXAMPLES
    values = {"text": text[:60], "name": name, "allowed": allowed}
    message = _("has a date that cannot be read: “%(text)s” in “%(name)s”; allowed are %(allowed)s")
    return Refused(message % values)


def _of_parts(found: re.Match[str]) -> datetime:
    zone = found["zone"]
    return datetime(*(int(found[part] or 0) for part in PARTS), tzinfo=_offset(zone))  # type: ignore[misc, arg-type]


def _offset(zone: str | None) -> timezone | None:
    if zone is None:
        return None
    if zone[0] not in "+-":
        return UTC
    digits = zone[1:].replace(":", "").ljust(4, "0")
    span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-span if zone[0] == "-" else span)


def _storable(moment: datetime) -> datetime:
    """In UTC; a year that no article was written in is a mistake, and no database's limit."""
    moment = moment.astimezone(UTC)
    if not 1900 <= moment.year <= 2999:
        raise ValueError
    return moment
