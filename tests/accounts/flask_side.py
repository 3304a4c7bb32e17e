"""Sessions as Flask and Flask-Session write them, for the tests of the bridge."""

import hashlib
from typing import Any

import msgspec
from django.test import Client
from itsdangerous import Signer, URLSafeTimedSerializer

from accounts.models import User
from tests.factories import PASSWORD, make_user

KEY = "flask-secret"
SOURCE = "flask"
ALICE = {"_user_id": "7", "_fresh": True}  # a session of Flask-Login
MAP = {"source": SOURCE, "key": "_user_id", "field": "id"}


def bridge(settings: Any, kind: str, **options: Any) -> None:
    """Turn the bridge on, as the variables FLASK_BRIDGE and FLASK_BRIDGE_… do."""
    settings.INKPOOL_FLASK_BRIDGE = kind
    settings.INKPOOL_FLASK_COOKIE = "session"
    settings.INKPOOL_FLASK_BRIDGE_SECRET_KEY = KEY
    settings.INKPOOL_FLASK_BRIDGE_SALT = "cookie-session" if kind == "cookie" else "flask-session"
    settings.INKPOOL_FLASK_BRIDGE_USER_MAP = MAP | options.pop("USER_MAP", {})
    for name, value in options.items():
        setattr(settings, f"INKPOOL_FLASK_BRIDGE_{name}", value)


def imported(name: str, flask_id: str, **fields: Any) -> User:
    return make_user(name, imported_from=SOURCE, imported_id=flask_id, **fields)


def signed(values: Any, key: str = KEY, salt: str = "cookie-session") -> str:
    """The cookie of flask.sessions.SecureCookieSessionInterface."""
    options = {"key_derivation": "hmac", "digest_method": hashlib.sha1}
    text = URLSafeTimedSerializer(key, salt=salt, signer_kwargs=options).dumps(values)
    assert isinstance(text, str)
    return text


def signed_id(session_id: str, key: str = KEY) -> str:
    """The cookie of Flask-Session with SESSION_USE_SIGNER."""
    return Signer(key, "flask-session", key_derivation="hmac").sign(session_id).decode()


def record(user_id: Any, **values: Any) -> bytes:
    """What Flask-Session 0.8 stores of a sign-in by Flask-Login."""
    own = {"_permanent": True, "_user_id": user_id, "_fresh": True, "_id": "f" * 128}
    return msgspec.msgpack.encode(own | values)


def browser(cookie: str) -> Client:
    client = Client()
    client.cookies["session"] = cookie
    return client


def name_shown(client: Client) -> str:
    """The user name under which this browser is signed in; "" for none."""
    answer = client.get("/account/profile/")
    return answer.wsgi_request.user.get_username() if answer.status_code == 200 else ""


def sign_in(client: Client, name: str = "alice_writes", **data: str) -> Any:
    return client.post("/login", {"name": name, "pwd": PASSWORD, **data})
