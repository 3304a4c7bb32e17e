"""Context processor of every page: its address, and what a public page may not show of a reader.

`here` is the name of the view, `address` the absolute URL without query, `full_path` the path with
its query, `signed_in` whether a user is signed in. While a public page is rendered once for all
readers, what belongs to one reader raises.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.utils.encoding import escape_uri_path

from core.page_cache.common_request import CommonRequest, Refused
from core.page_cache.gaps import Gaps

OF_ONE_READER = ("user", "request", "perms", "messages", "csrf_token")


def page_context(request: HttpRequest) -> dict[str, Any]:
    match = request.resolver_match
    values: dict[str, Any] = {
        "here": match.view_name if match else None,
        "address": partial(address, request),
        "full_path": request.get_full_path,
        "signed_in": lambda: request.user.is_authenticated,
    }
    if isinstance(request, CommonRequest):
        values["signed_in"] = request.is_signed_in
        values |= {name: Refused(refuse(name, request.gaps)) for name in OF_ONE_READER}
    return values


def refuse(name: str, gaps: Gaps) -> Callable[[], Any]:
    """A function that raises TemplateSyntaxError, and leaves a note, as `{% if %}` swallows it."""
    why = "is asked for on a page rendered once for all readers: put it into {% personal %}."
    return partial(gaps.refuse, f"{name!r} {why}")


def address(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}{escape_uri_path(request.path)}"
