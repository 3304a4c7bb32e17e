"""The range of an article's date, which detects mistyped years."""

from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from django.utils.timezone import get_current_timezone_name, localtime
from django.utils.translation import gettext as _

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
END = datetime(3000, 1, 1, tzinfo=UTC)  # the first moment that is too late


def validate_publication_date(moment: datetime) -> None:
    """Raises ValidationError for a date out of range; names the range in the site's zone."""
    if not is_in_range(moment):
        raise ValidationError(_("The date must lie %s.") % range_text(), "date_range")


def is_in_range(moment: datetime) -> bool:
    return EARLIEST <= moment < END


def range_text() -> str:
    """Returns `from 1900-01-01 08:05:43 to before 3000-01-01 08:00 (Asia/Shanghai)`"""
    values = {"first": _clock(EARLIEST), "end": _clock(END), "zone": get_current_timezone_name()}
    return _("from %(first)s to before %(end)s (%(zone)s)") % values


def _clock(moment: datetime) -> str:
    text = localtime(moment).replace(tzinfo=None).isoformat(" ", "seconds")
    return text[:-3] if text.endswith(":00") else text
