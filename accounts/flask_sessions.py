"""Reads and ends the sessions of a Flask application on the same domain (FLASK_BRIDGE).

    redis     the records of Flask-Session 0.7 or newer, in the Redis of this site's sessions
    cookie    Flask's own sessions, in a signed cookie

Guarantees: the length of a cookie is checked before anything else, and no more than LONGEST_RECORD
of a record is read. Nothing of a cookie is decoded whose signature is wrong. Of a record, only the
value that names the user is decoded; a pickle, which Flask-Session wrote until 0.6, is logged and
never loaded. A Redis that does not answer raises SessionStoreUnavailable, which becomes a 503.
"""

import hashlib
import logging
import re
from typing import Any

import msgspec
from django.conf import settings
from itsdangerous import BadData, BadSignature, Signer, URLSafeTimedSerializer

from core.http.failure_log import Kinds
from core.sessions.connection import WrongType, execute

REDIS, COOKIE = "redis", "cookie"
LONGEST = {REDIS: 256, COOKIE: 4096}  # characters of a cookie; browsers keep 4096 at most
LONGEST_RECORD = 1024 * 1024  # bytes
LONGEST_ID = 100  # characters of the id of a user
# Flask-Session 0.5 makes a UUID, newer versions token_urlsafe(). 64 hex digits are the name of a
# session of this site, which may have the same prefix in Redis.
SESSION_ID = re.compile(r"(?![0-9a-f]{64}\Z)[A-Za-z0-9_-]{16,200}")
PICKLE = re.compile(rb"\x80[\x01-\x05]|[(}\]]")  # how one begins, by protocol
DECODERS: dict[str, tuple[Any, Any]] = {  # of a record with its values as they are; of a value
    "msgpack": (msgspec.msgpack.Decoder(dict[str, msgspec.Raw]), msgspec.msgpack.decode),
    "json": (msgspec.json.Decoder(dict[str, msgspec.Raw]), msgspec.json.decode),
}
NOT_READ = "A session of the Flask application is %s, which the bridge does not read. %s"
UPGRADE = "Upgrade Flask-Session to 0.8: it writes msgpack or JSON."

logger = logging.getLogger(__name__)
logged = Kinds()


def user_id(cookie: str) -> str | None:
    """The id of the user who is signed in to the session of this cookie; None if none is."""
    if not is_readable(cookie):
        return None
    if settings.INKPOOL_FLASK_BRIDGE == COOKIE:
        return as_id(signed_values(cookie).get(settings.INKPOOL_FLASK_BRIDGE_USER_MAP["key"]))
    name = record_of(cookie)
    data = read(name) if name else None
    return as_id(value_in(data)) if data else None


def end(cookie: str) -> None:
    """End the session of this cookie, if it is in Redis. A signed cookie cannot be revoked."""
    is_in_redis = settings.INKPOOL_FLASK_BRIDGE == REDIS and is_readable(cookie)
    if name := is_in_redis and record_of(cookie):
        execute("UNLINK", name)


def is_readable(cookie: str) -> bool:
    return 0 < len(cookie) <= LONGEST[settings.INKPOOL_FLASK_BRIDGE] and cookie.isascii()


def record_of(cookie: str) -> str | None:
    """The name in Redis of the record of this cookie; None for a cookie of another form."""
    session_id = cookie
    if settings.INKPOOL_FLASK_BRIDGE_SIGNER:
        salt = settings.INKPOOL_FLASK_BRIDGE_SALT
        signer = Signer(settings.INKPOOL_FLASK_BRIDGE_SECRET_KEY, salt, key_derivation="hmac")
        try:
            session_id = signer.unsign(cookie).decode()
        except BadSignature:
            return None
    prefix = settings.INKPOOL_FLASK_BRIDGE_KEY_PREFIX
    return f"{prefix}{session_id}" if SESSION_ID.fullmatch(session_id) else None


def read(name: str) -> bytes | None:
    try:
        data: bytes = execute("GETRANGE", name, 0, LONGEST_RECORD)
    except WrongType:
        return None
    if len(data) > LONGEST_RECORD:
        log_refusal("too long", f"At most {LONGEST_RECORD} bytes are read.")
        return None
    return data


def value_in(data: bytes) -> Any:
    """The value of a record that names the user; None if the record has none or is damaged."""
    decoder, decode = DECODERS[settings.INKPOOL_FLASK_BRIDGE_SERIALIZER]
    try:
        value = decoder.decode(data).get(settings.INKPOOL_FLASK_BRIDGE_USER_MAP["key"])
        return None if value is None else decode(value)
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        log_unread(data)
        return None


def log_unread(data: bytes) -> None:
    """Log, once a minute, why a record is not read."""
    wanted = settings.INKPOOL_FLASK_BRIDGE_SERIALIZER
    found, hint = "damaged", ""
    if PICKLE.match(data):
        found, hint = "a pickle", UPGRADE
    elif is_other_format(data):
        found, hint = "in another format", f"FLASK_BRIDGE_SERIALIZER is {wanted}."
    log_refusal(found, hint)


def log_refusal(found: str, hint: str) -> None:
    if logged.is_first(found):
        logger.warning(NOT_READ, found, hint)


def is_other_format(data: bytes) -> bool:
    for decoder, _decode in DECODERS.values():
        try:
            decoder.decode(data)
        except (ValueError, RecursionError):
            continue
        return True
    return False


def signed_values(cookie: str) -> dict[str, Any]:
    """The values of a signed cookie that is not older than SESSION_LIFETIME; {} for any other."""
    serializer = URLSafeTimedSerializer(
        settings.INKPOOL_FLASK_BRIDGE_SECRET_KEY,
        salt=settings.INKPOOL_FLASK_BRIDGE_SALT,
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha1},
    )
    try:
        values = serializer.loads(cookie, max_age=settings.SESSION_COOKIE_AGE)
    except (BadData, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def as_id(value: Any) -> str | None:
    """The id as text; None for a value that is neither text nor a whole number, or is too long."""
    if type(value) not in (str, int):
        return None
    text = str(value)
    return text if 0 < len(text) <= LONGEST_ID and text.isprintable() else None
