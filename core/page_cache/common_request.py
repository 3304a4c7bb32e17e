"""The request from which a page is rendered once for all readers.

It has what the key of the page holds and nothing else, so a page made from it is the same for each
request with this key. Whatever else a view asks of it raises ReaderAsked, also if the view catches
the error: then the view is called again with the request itself.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

from django.http import HttpRequest
from django.http.request import HttpHeaders

from core.page_cache.gaps import Gaps
from core.page_cache.page_key import PageKey

ADDRESS = ("PATH_INFO", "QUERY_STRING", "SCRIPT_NAME", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT")
IN_KEY = {*ADDRESS, "REQUEST_METHOD", "HTTP_ACCEPT", "HTTP_AUTHORIZATION"}
OF_ONE_READER = ("user", "session", "_messages", "COOKIES", "content_type", "content_params")
PROBED = {"current_app", "urlconf"}  # by Django, which takes an AttributeError for "not set"
ADVICE = (
    "is not part of the key of a public page, so this page is made for each request and not kept. "
    "To keep it, use {% personal %} in its template; or take @public off the view."
)


class ReaderAsked(Exception):  # noqa: N818
    """A view asks for what differs between readers: its page is made for this request alone.

    It is no AttributeError, which getattr() with a default and hasattr() would swallow.
    """


class Refused:
    """Calls `refuse`, which raises, at each use."""

    _refuse: Callable[[], Any]

    def __init__(self, refuse: Callable[[], Any]) -> None:
        vars(self)["_refuse"] = refuse

    def refuse(self, *args: Any) -> Any:
        self._refuse()

    __class__ = property(refuse)  # which isinstance() reads
    __getattr__ = __getitem__ = __str__ = __bool__ = __len__ = __iter__ = refuse
    __eq__ = __ne__ = __lt__ = __gt__ = __le__ = __ge__ = __contains__ = __hash__ = refuse
    __setattr__ = __setitem__ = __delattr__ = __delitem__ = refuse
    __int__ = __float__ = __add__ = __radd__ = refuse  # {{ …|add:1 }} shows "" for a TypeError


class KeyMeta(dict[str, Any]):
    """The entries of META that the key holds. `refuse(name)` is called for all others."""

    def __init__(self, values: dict[str, Any], refuse: Callable[[str], Any]) -> None:
        super().__init__(values)
        self.refuse = refuse

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) if name in IN_KEY else self.refuse(f"META[{name!r}]")

    def __missing__(self, name: str) -> NoReturn:
        if name not in IN_KEY:
            self.refuse(f"META[{name!r}]")
        raise KeyError(name)

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name, default) if name in IN_KEY else self[name]

    def refuse_all(self) -> Any:
        self.refuse("META")

    __iter__ = keys = items = values = copy = refuse_all


class KeyHeaders(HttpHeaders):
    """The headers that the key holds, Accept and Host."""

    def __init__(self, meta: KeyMeta) -> None:
        self.meta = meta

    def __getitem__(self, name: str) -> Any:
        return self.meta[self.to_wsgi_name(name)]

    def refuse_all(self) -> Any:
        self.meta.refuse("headers")

    __iter__ = __len__ = __eq__ = __repr__ = refuse_all  # type: ignore[assignment]


class VisitorRequest(HttpRequest):
    """The request for which the parts of a page that all anonymous visitors share are rendered: it
    has what the key of the page holds, no cookies, and no header of the visitor."""

    def __init__(self, request: HttpRequest, key: PageKey) -> None:
        from django.contrib.auth.models import AnonymousUser  # core.wsgi imports this before apps

        super().__init__()
        self.method, self.path, self.path_info = "GET", request.path, request.path_info
        self.GET, self.resolver_match = request.GET, request.resolver_match
        self.LANGUAGE_CODE = key.language
        accepted = "text/html" if key.is_html else "application/json"
        kept = {name: request.META[name] for name in ADDRESS if name in request.META}
        self.META = {**kept, "REQUEST_METHOD": "GET", "HTTP_ACCEPT": accepted}
        self.user = AnonymousUser()
        self._own_scheme = key.scheme

    @property
    def scheme(self) -> str:
        """That of the key; Django's property would ask META for the header of a proxy."""
        return self._own_scheme


class CommonRequest(VisitorRequest):
    """The request with which the view of a public page is called."""

    def __init__(self, request: HttpRequest, key: PageKey) -> None:
        super().__init__(request, key)
        self._meta = self.META = KeyMeta(self.META, self.refuse)
        self.gaps = Gaps()
        self.asked = ""  # what was refused, also if the view has caught the error
        self._reader = request  # templates cannot name what begins with _
        self.signed_in: bool | None = None  # until it is asked for
        vars(self).update({name: Refused(partial(self.refuse, name)) for name in OF_ONE_READER})

    @property
    def headers(self) -> KeyHeaders:
        return KeyHeaders(self._meta)

    def is_signed_in(self) -> bool:
        """All that a page may be told of its readers outside of their parts."""
        self.signed_in = bool(self._reader.user.is_authenticated)
        return self.signed_in

    def refuse(self, name: str) -> NoReturn:
        self.asked = f"request.{name} {ADVICE}"
        raise ReaderAsked(self.asked)

    def __getattr__(self, name: str) -> NoReturn:
        if name in PROBED or name.startswith("__"):
            raise AttributeError(name)
        self.refuse(name)
