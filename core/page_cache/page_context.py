"""Context processor of every page: its address, and who may not be asked for on a public page.

`here` is the name of the view, `address` the absolute URL without query, `full_path` the path with
its query, `signed_in` whether a user is signed in. While a public page is rendered once for all
readers, what belongs to one reader raises.
"""

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.utils.encoding import escape_uri_path

from core.page_cache.common_request import CommonRequest
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
        values |= {name: Refused(name, request.gaps) for name in OF_ONE_READER}
    return values


def address(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}{escape_uri_path(request.path)}"


class Refused:
    """Raises TemplateSyntaxError for each use, and leaves a note, as `{% if %}` swallows errors."""

    def __init__(self, name: str, gaps: Gaps) -> None:
        why = "is asked for on a page rendered once for all readers: put it into {% personal %}."
        self._refuse = partial(gaps.refuse, f"{name!r} {why}")

    def refuse(self, *args: Any) -> Any:
        self._refuse()

    __getattr__ = __getitem__ = __str__ = __bool__ = __len__ = __iter__ = refuse
    __eq__ = __ne__ = __lt__ = __gt__ = __le__ = __ge__ = __contains__ = __hash__ = refuse
