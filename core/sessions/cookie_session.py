"""The part of a session that its cookie carries: id, lifetime, and when it was written."""

from datetime import datetime, timedelta
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.sessions.backends.base import SessionBase

from core.sessions import payload, session_settings, signed_cookie
from core.sessions.signed_cookie import SessionCookie, lifetime_of


class CookieSession(SessionBase):
    """`session_key` is the value of the cookie."""

    _session: dict[str, Any]  # Django's property, which loads at its first use

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self._parsed: tuple[str | None, SessionCookie | None] = (None, None)

    def set_expiry(self, value: datetime | timedelta | float | None) -> None:
        """Django's; a lifetime beyond the absolute one is cut, other types are a TypeError."""
        super().set_expiry(payload.valid_expiry(value))

    async def aset_expiry(self, value: datetime | timedelta | float | None) -> None:
        await sync_to_async(self.set_expiry)(value)

    @property
    def _cookie(self) -> SessionCookie | None:
        if self._parsed[0] != self.session_key:
            self._parsed = self.session_key, signed_cookie.parse(self.session_key)
        return self._parsed[1]

    def _set_cookie(self, id: str) -> None:
        cookie = SessionCookie(id, lifetime_of(self._session), signed_cookie.now())
        self._session_key = cookie.serialize()

    def _is_due(self, cookie: SessionCookie) -> bool:
        """Whether a tenth of the cookie's lifetime is over, or the session has another lifetime."""
        age = signed_cookie.now() - cookie.issued
        lasts = cookie.lifetime == signed_cookie.FIXED or self.get_expire_at_browser_close()
        is_young = lasts or age < self.get_expiry_age() / 10
        return cookie.lifetime != lifetime_of(self._session) or not is_young

    def _ttl(self, created: int, values: dict[str, Any]) -> int:
        """The seconds that a session created then, with these values, is stored from now on."""
        expiry = values.get(payload.EXPIRY)
        age = self.get_expiry_age(expiry=expiry) if expiry else self.get_session_cookie_age()
        return min(age, created + session_settings.absolute_lifetime() - signed_cookie.now())
