"""Explains to the sender, and to the operator, why the CSRF check refused a form.

Django checks the form's source (Origin, or Referer) before its token. If a proxy changes the Host,
the site's own forms fail that first check, and reloading the page does not help; so the error page
distinguishes the two.
"""

import logging
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.middleware import csrf
from django.utils.translation import gettext as _

BAD_ORIGIN = csrf.REASON_BAD_ORIGIN.partition("%s")[0]
BAD_REFERER = csrf.REASON_NO_REFERER.removesuffix("no Referer.")
LONGEST = 200  # characters of an address that is logged

logger = logging.getLogger(__name__)


class Explanation(NamedTuple):
    title: str
    detail: str


def explain(reason: str, *, is_returned: bool, is_logged: bool) -> Explanation:
    """The title and text of the 403 page.

    `reason` is Django's; `is_returned`: the page holds the form; `is_logged`: the log says what the
    operator has to set.
    """
    if reason == csrf.REASON_NO_REFERER:
        return Explanation(_("The form does not say where it comes from"), _unnamed(is_returned))
    if is_of_source(reason):
        detail = _foreign(is_returned) if is_logged else _unadvised(is_returned)
        return Explanation(_("The form comes from another address"), detail)
    return Explanation(_("The form has expired"), _expired(is_returned))


def is_of_source(reason: str) -> bool:
    """Whether the form was refused for its source, not for its token."""
    return reason.startswith((BAD_ORIGIN, BAD_REFERER))


def _unnamed(is_returned: bool) -> str:
    if is_returned:
        return _(
            "Your browser did not say which page has sent the form, so nothing was saved. Let it "
            "send the header Origin or Referer to this site. What you typed is below: send it "
            "again."
        )
    return _(
        "Your browser did not say which page has sent the form, so nothing was saved. Let it send "
        "the header Origin or Referer to this site, reload the page and send the form again."
    )


def _foreign(is_returned: bool) -> str:
    if is_returned:
        return _(
            "The page that sent the form has another address (Origin) than this site, so nothing "
            "was saved. What you typed is below: copy it, then tell the operator of this site, "
            "whose log says what to set."
        )
    return _(
        "The page that sent the form has another address (Origin) than this site, so nothing was "
        "saved. Open the form at this site's own address. If it was there, tell the operator of "
        "this site, whose log says what to set."
    )


def _unadvised(is_returned: bool) -> str:
    if is_returned:
        return _(
            "The page that sent the form has another address (Origin) than this site, or your "
            "browser or an extension hides it, so nothing was saved. What you typed is below: "
            "copy it, open the form at this site's own address and send it from there."
        )
    return _(
        "The page that sent the form has another address (Origin) than this site, or your browser "
        "or an extension hides it, so nothing was saved. Open the form at this site's own address "
        "and send it from there."
    )


def _expired(is_returned: bool) -> str:
    if is_returned:
        return _(
            "You have signed in or out since the form was opened, or your browser keeps no "
            "cookies. Nothing was saved. What you typed is below: send it again."
        )
    return _(
        "The form was too old, or your browser keeps no cookies. Go back, reload the page "
        "and send the form again."
    )


def log_source(request: HttpRequest, reason: str) -> bool:
    """Logs what the operator has to set, unless the browser says that another site sent the form.

    Returns whether a line was logged.
    """
    source = source_of(request)
    is_cross_site = request.META.get("HTTP_SEC_FETCH_SITE") == "cross-site"
    if source is None or is_cross_site or not is_of_source(reason):
        return False
    origin = f"{source.scheme}://{source.netloc}"[:LONGEST]
    logger.warning(
        "A form from %s was refused: this site takes %s for its own address. If both are this "
        "site, %s; see docs/proxy.md.",
        origin, own_address(request), cure(request, source, origin),
    )  # fmt: skip
    return True


def source_of(request: HttpRequest) -> SplitResult | None:
    """The address of the page that sent the form; None if it cannot be parsed."""
    headers = request.META
    try:
        source = urlsplit(headers.get("HTTP_ORIGIN") or headers.get("HTTP_REFERER") or "")
        is_address = source.scheme in ("http", "https") and bool(source.hostname)
    except ValueError:
        return None
    return source if is_address and source.netloc.isprintable() else None


def own_address(request: HttpRequest) -> str:
    try:
        return f"{request.scheme}://{request.get_host()}"
    except DisallowedHost:
        return f"{request.scheme}://(a Host that is not allowed)"


def cure(request: HttpRequest, source: SplitResult, origin: str) -> str:
    """Advice to the operator if `source` is a page of this site."""
    own = urlsplit(own_address(request))
    if own.scheme == "https" and source.scheme == "http" and own.netloc == source.netloc.lower():
        return f"open it as https://{own.netloc} only, and let the proxy redirect http to https"
    return f"{cure_at_proxy(request, source)}, or set DJANGO_CSRF_TRUSTED_ORIGINS={origin}"


def cure_at_proxy(request: HttpRequest, source: SplitResult) -> str:
    if source.scheme == "https" and not request.is_secure():
        return (
            "let the proxy send X-Forwarded-Proto (or Forwarded) and name the proxy in "
            "DJANGO_TRUSTED_PROXIES"
        )
    return "let the proxy pass the visitor's Host on (nginx: proxy_set_header Host $http_host)"
