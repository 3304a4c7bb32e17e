"""The contract of request.session on both backends (Flask-Session: ServerSideSessionInterface).

A save applies only what this request changed, to the data stored by then, and never brings back a
session that has ended (UpdateError). An id that is forged, unknown, too old or whose data is
damaged is never adopted; the session is a new one. A rotation is written with the save, in one
step. A backend that does not answer raises its error; that is never taken for an absent session.
"""

from collections.abc import Iterable
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.sessions.backends.base import CreateError

from core.sessions import payload, session_settings, signed_cookie
from core.sessions.backend import ROTATED, SessionBackend, count
from core.sessions.cookie_session import CookieSession
from core.sessions.merge import Stored, merged, replace
from core.sessions.signed_cookie import SessionCookie, lifetime_of
from core.signals import session_ended, session_rotated, session_started

ATTEMPTS = 3  # to find an id that is not taken
DELETED, FLUSHED, EMPTIED, EXPIRED = "deleted", "flushed", "emptied", "expired"  # why it ended


class Store(CookieSession):
    backend: SessionBackend

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self._stored: Stored | None = None
        self._has_new_id = False  # one that is not stored yet
        self._restarts = False  # the next save restarts the absolute lifetime
        self.is_rotated = False  # the browser has, or is about to get, a newer cookie
        self._increments: dict[str, int] = {}

    # Django's API

    def load(self) -> dict[str, Any]:
        cookie = self._cookie
        content = self._read(cookie) if cookie else None
        if cookie is None or content is None or self._stored is None:
            return self._reset()
        if signed_cookie.now() - content.created >= session_settings.absolute_lifetime():
            self.end([self._stored.id_hash], EXPIRED)
            return self._reset()
        if cookie.lifetime != lifetime_of(content.values):  # unsigned, or before a set_expiry()
            ttl = self._ttl(content.created, content.values)
            self.backend.prolong(self._stored.id_hash, max(1, ttl))
        return content.values

    def save(self, must_create: bool = False) -> None:
        if must_create:
            self._reset()
        values = self._session
        if self._stored is None and self.session_key and not self._has_new_id:
            self.load()  # after clear(), which loads nothing: only loaded keys can be removed
            if self._stored is None and payload.is_blank(values):
                return
        if self._stored is None:
            self._insert(values)
        else:
            self._update(self._stored, values)
        count("saves")
        self._increments = {}
        if (cookie := self._cookie) and cookie.lifetime != lifetime_of(self._session):
            self._set_cookie(cookie.id)

    def create(self) -> None:
        self.save(must_create=True)
        self.modified = True

    def exists(self, session_key: str | None) -> bool:
        cookie = signed_cookie.parse(session_key)
        replaced = self._stored.id_hash if self._has_new_id and self._stored else None
        if cookie is None or cookie.id_hash() == replaced:
            return False
        return self.backend.read(cookie.id_hash(), None) not in {None, ROTATED}

    def delete(self, session_key: str | None = None, reason: str = DELETED) -> None:
        """End the session of this key, by default this one, at once."""
        if session_key is None and self._stored:
            self.end([self._stored.id_hash], reason)
            return
        cookie = self._cookie if session_key is None else signed_cookie.parse(session_key)
        self.end([cookie.id_hash()] if cookie else [], reason)

    def flush(self) -> None:
        self.clear()
        self.delete(reason=FLUSHED)
        self._reset()
        self.is_rotated = False  # a sign-out removes the cookie, also one that is newer

    def cycle_key(self) -> None:
        """Give the session a new id; the next save stores it and ends the old one."""
        self._renew_id()
        self.modified = True

    async def aflush(self) -> None:
        await sync_to_async(self.flush)()

    async def acycle_key(self) -> None:
        await sync_to_async(self.cycle_key)()

    def encode(self, session_dict: dict[str, Any]) -> str:
        return payload.encode(signed_cookie.now(), session_dict).decode()

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        content = payload.decode(session_data)
        return content.values if content else {}

    @classmethod
    def clear_expired(cls) -> None:
        cls.backend.clear_expired()

    # Beyond Django's API

    def increment(self, key: str, by: int = 1) -> int:
        """Add to a counter. Parallel requests add up; after save() it holds the exact total."""
        self[key] = self.get(key, 0) + by
        self._increments[key] = self._increments.get(key, 0) + by
        return self[key]

    async def aincrement(self, key: str, by: int = 1) -> int:
        return await sync_to_async(self.increment)(key, by)

    def restart_lifetime(self) -> None:
        """Let the absolute lifetime begin again with the next save, as after a sign-in."""
        self._restarts = self.modified = True

    @classmethod
    def end(cls, id_hashes: Iterable[str], reason: str = DELETED) -> int:
        """End the sessions with these hashes in one step; returns how many existed."""
        hashes = list(id_hashes)
        ended = cls.backend.remove(hashes) if hashes else []
        for each in ended:
            session_ended.send(cls, id_hash=each, reason=reason)
        return len(ended)

    def check_for_rotation(self, session_key: str) -> None:
        """Set `is_rotated` after a session was refused: between its load and now, another request
        of the browser may have rotated it, and the newer cookie must stay."""
        cookie = signed_cookie.parse(session_key)
        self.is_rotated = (
            cookie is not None and self.backend.read(cookie.id_hash(), None) == ROTATED
        )

    @property
    def id_hash(self) -> str | None:
        """The SHA-256 of the id in hex, by which other places name this session."""
        if self._stored and not self._has_new_id:
            return self._stored.id_hash
        cookie = self._cookie
        return cookie.id_hash() if cookie else None

    @property
    def stored_data(self) -> bytes | None:
        """The session as it was read; a save by any request gives it other bytes."""
        return self._stored.data if self._stored else None

    def needs_no_save(self) -> bool:
        """Whether it is neither stored nor worth storing, as an anonymous visitor's is."""
        may_be_stored = self._stored or (self.session_key and not self._has_new_id)
        return not may_be_stored and payload.is_blank(self._session)

    def renew_cookie(self) -> bool:
        """Sign a new `session_key` if the browser needs another cookie; whether it did."""
        cookie = self._cookie
        if self._stored is None or cookie is None or not self._is_due(cookie):
            return False
        self._set_cookie(cookie.id)
        return True

    # Internals

    def _read(self, cookie: SessionCookie) -> payload.Payload | None:
        id_hash = cookie.id_hash()
        data = self.backend.read(id_hash, cookie.ttl())
        count("loads")
        self.is_rotated = data == ROTATED
        content = None if data is None or self.is_rotated else payload.decode(data)
        if data is not None and content is not None:
            self._stored = Stored(id_hash, data, content.created)
        return content

    def _reset(self) -> dict[str, Any]:
        """Forget the id and what is stored; the next save makes a new session."""
        self._session_key = None
        self._stored, self._has_new_id = None, False
        return {}

    def _renew_id(self) -> None:
        self._set_cookie(signed_cookie.new_id())
        self._has_new_id = True

    def _insert(self, values: dict[str, Any]) -> None:
        created = signed_cookie.now()
        data = payload.encode(created, values)
        ttl = self._ttl(created, values)
        for _ in range(ATTEMPTS):
            if not self._has_new_id:
                self._renew_id()
            id_hash = self.id_hash or ""
            if ttl <= 0:
                return  # it would expire at once
            if self.backend.add(id_hash, data, ttl):
                self._stored, self._has_new_id = Stored(id_hash, data, created), False
                session_started.send(type(self), session=self, id_hash=id_hash)
                return
            self._has_new_id = False
        raise CreateError("no session id is free")

    def _update(self, stored: Stored, values: dict[str, Any]) -> None:
        created = signed_cookie.now() if self._restarts else stored.created
        old, id_hash = stored.id_hash, (self._has_new_id and self.id_hash) or stored.id_hash
        new, ttl = Stored(id_hash, b"", created), self._ttl(created, values)
        self._stored, delta = replace(self.backend, stored, new, values, self._increments, ttl)
        self._has_new_id = self._restarts = False
        if self._stored is None:
            reason = EMPTIED if ttl > 0 else EXPIRED
            session_ended.send(type(self), id_hash=old, reason=reason)
            self._session_cache = self._reset()
            return
        if delta:
            self._session_cache = merged(values, delta, self._stored.data)
        if id_hash != old:
            session_rotated.send(type(self), session=self, id_hash=id_hash, old_id_hash=old)
