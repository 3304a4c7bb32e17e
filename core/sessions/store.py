"""What both stores of sessions promise (Flask-Session: ServerSideSessionInterface).

Promises: a save applies only what this request changed, to what is stored by then; it never
brings back a session that ended meanwhile (UpdateError). An id that is forged, unknown, too
old or whose payload is damaged is never adopted: the session is a fresh one. Rotation is
written with the save. A store that does not answer raises; it is never taken for "no session".
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.backends.base import CreateError, SessionBase

from core.sessions import payload, signed_cookie
from core.sessions.backend import MOVED, Shelf
from core.sessions.lifetimes import life_of, sound_expiry
from core.sessions.merge import Stored, refreshed, write
from core.sessions.session_counters import count
from core.signals import session_ended, session_rotated, session_started

ATTEMPTS = 3  # ids that may be taken
DELETED, FLUSHED, EMPTIED, EXPIRED = "deleted", "flushed", "emptied", "expired"  # why it ended


class Store(SessionBase):
    shelf: Shelf
    _session: dict[str, Any]  # Django's property: loads when it is first asked

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self._stored: Stored | None = None
        self._new = False  # has an id that the store does not know yet
        self._anew = False  # somebody has signed in: its absolute lifetime begins now
        self.moved = False  # the browser has, or is just being sent, a newer cookie
        self._counted: dict[str, int] = {}
        self._verified: tuple[str | None, signed_cookie.Ticket | None] = (None, None)

    # Django's API

    def load(self) -> dict[str, Any]:
        cookie = self._cookie
        content = self._find(cookie) if cookie else None
        if cookie is None or content is None or self._stored is None:
            return self._forget()
        if signed_cookie.now() - content.created >= settings.INKPOOL_SESSION_ABSOLUTE_LIFETIME:
            self.end([self._stored.id_hash], EXPIRED)
            return self._forget()
        if cookie.life != life_of(content.values):  # bare, or of before a set_expiry()
            ttl = self._ttl(content.created, content.values)
            self.shelf.prolong(self._stored.id_hash, max(1, ttl))
        return content.values

    def save(self, must_create: bool = False) -> None:
        if must_create:
            self._forget()
        values = self._session
        if self._stored is None and self.session_key and not self._new:
            self.load()  # clear() went without; what is there has to be known to be removed
            if self._stored is None and payload.is_hollow(values):
                return
        if self._stored is None:
            self._insert(values)
        else:
            self._update(self._stored, values)
        count("saves")
        self._counted = {}
        if (cookie := self._cookie) and cookie.life != life_of(self._session):
            self._write_key(cookie.id)

    def create(self) -> None:
        self.save(must_create=True)
        self.modified = True

    def exists(self, session_key: str | None) -> bool:
        cookie = signed_cookie.read(session_key)
        given_up = self._stored.id_hash if self._new and self._stored else None
        if cookie is None or cookie.id_hash() == given_up:
            return False
        return self.shelf.read(cookie.id_hash(), None) not in {None, MOVED}

    def delete(self, session_key: str | None = None, reason: str = DELETED) -> None:
        """End the session of this key, or this one, at once."""
        if session_key is None and self._stored:
            self.end([self._stored.id_hash], reason)
            return
        cookie = (
            signed_cookie.read(session_key) if session_key else None if self._new else self._cookie
        )
        self.end([cookie.id_hash()] if cookie else [], reason)

    def flush(self) -> None:
        self.clear()
        self.delete(reason=FLUSHED)
        self._forget()
        self.moved = False  # who signs out loses the cookie, whichever it is by now

    def cycle_key(self) -> None:
        """A new id for the same session; the next save writes it and ends the old one."""
        self._renew_id()
        self.modified = True

    def set_expiry(self, value: datetime | timedelta | float | None) -> None:
        """Django's. A life longer than the absolute one is cut; TypeError for what is no time."""
        super().set_expiry(sound_expiry(value))

    async def aset_expiry(self, value: datetime | timedelta | float | None) -> None:
        await sync_to_async(self.set_expiry)(value)

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
        cls.shelf.clear_expired()

    # Beyond Django's

    def increment(self, key: str, by: int = 1) -> int:
        """Count: what parallel requests add is added up; after save() the total is exact."""
        self[key] = self.get(key, 0) + by
        self._counted[key] = self._counted.get(key, 0) + by
        return self[key]

    async def aincrement(self, key: str, by: int = 1) -> int:
        return await sync_to_async(self.increment)(key, by)

    def begin_anew(self) -> None:
        """Somebody has just signed in: from the next save on it is as old as a new one."""
        self._anew = self.modified = True

    @classmethod
    def end(cls, id_hashes: Iterable[str], reason: str = DELETED) -> int:
        """End the sessions with these hashes in one go: how many there were."""
        hashes = list(id_hashes)
        ended = cls.shelf.remove(hashes) if hashes else []
        for each in ended:
            session_ended.send(cls, id_hash=each, reason=reason)
        return len(ended)

    def look_whether_moved(self, session_key: str) -> None:
        """After a flush() that nobody asked for: between our read and now another request of the
        same browser may have given the session a new id, and the cookie of that must stay."""
        cookie = signed_cookie.read(session_key)
        self.moved = cookie is not None and self.shelf.read(cookie.id_hash(), None) == MOVED

    @property
    def _cookie(self) -> signed_cookie.Ticket | None:
        if self._verified[0] != self.session_key:
            self._verified = self.session_key, signed_cookie.read(self.session_key)
        return self._verified[1]

    @property
    def id_hash(self) -> str | None:
        """What is kept of the id, to name this session elsewhere."""
        cookie = self._cookie
        return cookie.id_hash() if cookie else None

    def is_hollow(self) -> bool:
        """Neither stored nor worth it, as the session of a stranger is."""
        unknown = self.session_key and not self._new
        return not (self._stored or unknown) and payload.is_hollow(self._session)

    def renew_cookie(self) -> bool:
        """Whether a tenth of the cookie's life is over: the session key is a new one then."""
        cookie = self._cookie
        if self._stored is None or cookie is None:
            return False
        age = signed_cookie.now() - (cookie.issued or 0)
        kept = cookie.life == signed_cookie.FIXED or self.get_expire_at_browser_close()
        if cookie.life == life_of(self._session) and (kept or age < self.get_expiry_age() / 10):
            return False
        self._write_key(cookie.id)
        return True

    # Reading

    def _find(self, cookie: signed_cookie.Ticket) -> payload.Payload | None:
        id_hash = cookie.id_hash()
        data = self.shelf.read(id_hash, self._prolongs(cookie))
        count("loads")
        self.moved = data == MOVED
        if self.moved:
            return None
        content = None if data is None else payload.decode(data)
        if data is not None and content is not None:
            self._stored = Stored(id_hash, data, content.created)
        return content

    def _prolongs(self, cookie: signed_cookie.Ticket) -> int | None:
        """How long a session lives on from a read; None if the cookie does not say."""
        if cookie.life in {None, signed_cookie.FIXED}:
            return None
        age = int(cookie.life or self.get_session_cookie_age())
        return max(1, min(age, settings.INKPOOL_SESSION_ABSOLUTE_LIFETIME))

    def _forget(self) -> dict[str, Any]:
        """No id, nothing stored: the next save makes a session of its own."""
        self._session_key = None
        self._stored, self._new = None, False
        return {}

    def _renew_id(self) -> None:
        self._write_key(signed_cookie.new_id())
        self._new = True

    def _write_key(self, id: str) -> None:
        cookie = signed_cookie.Ticket(id, life_of(self._session), signed_cookie.now())
        self._session_key = cookie.write()

    def _ttl(self, created: int, values: dict[str, Any]) -> int:
        expiry = values.get(payload.EXPIRY)
        age = self.get_expiry_age(expiry=expiry) if expiry else self.get_session_cookie_age()
        return min(age, created + settings.INKPOOL_SESSION_ABSOLUTE_LIFETIME - signed_cookie.now())

    # Writing

    def _insert(self, values: dict[str, Any]) -> None:
        created = signed_cookie.now()
        data = payload.encode(created, values)
        ttl = self._ttl(created, values)
        for _ in range(ATTEMPTS):
            if not self._new:
                self._renew_id()
            id_hash = self.id_hash or ""
            if ttl <= 0:
                return  # it would be over at once
            if self.shelf.add(id_hash, data, ttl):
                self._stored, self._new = Stored(id_hash, data, created), False
                session_started.send(type(self), session=self, id_hash=id_hash)
                return
            self._new = False
        raise CreateError("no session id is free")

    def _update(self, stored: Stored, values: dict[str, Any]) -> None:
        created = signed_cookie.now() if self._anew else stored.created
        new = (self._new and self.id_hash) or stored.id_hash
        ttl = self._ttl(created, values)
        to = Stored(new, b"", created)
        self._stored, delta = write(self.shelf, stored, to, values, self._counted, ttl)
        self._new = self._anew = False
        if self._stored is None:
            reason = EMPTIED if ttl > 0 else EXPIRED
            session_ended.send(type(self), id_hash=stored.id_hash, reason=reason)
            self._session_cache = self._forget()
            return
        if delta:
            self._session_cache = refreshed(values, delta, self._stored.data)
        if new != stored.id_hash:
            session_rotated.send(type(self), session=self, id_hash=new, old_id_hash=stored.id_hash)
