"""Tells the page cache, which stands in front of Django, that a page failed in a database outage.

The page cache sees the answer, but not the error; the mark stands in the environ that both share.
"""

from django.http import HttpRequest

from core.failures.database_errors import is_busy, is_temporary

OUTAGE = "inkpool.outage"  # its key in the environ


def mark_outage(request: HttpRequest, error: BaseException) -> None:
    """A full pool that moves is busy: the database answers, though not to this request."""
    if is_temporary(error) and not is_busy(error):
        request.META[OUTAGE] = True
