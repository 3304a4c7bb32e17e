"""Each setting of Flask-Session, given in both of the notes' ways, beside ours."""

import os
import subprocess
import sys
from datetime import datetime

import pytest
from django.conf import settings as site

from deploy.processes import ROOT
from tests.core.sessions.browser import Browser
from tests.parity.book import differs, same
from tests.parity.our_requests import MONTH, content, in_both_ways, keys, put

pytestmark = [
    pytest.mark.parity,
    pytest.mark.django_db,
    pytest.mark.usefixtures("here", "clean"),
]
SUBJECT = "sessions"
DEFAULT_PREFIX = site.INKPOOL_SESSION_KEY_PREFIX


def test_the_prefix_is_session_unless_given(visitor, redis):
    before = set(redis.keys("session:*"))
    visitor.visit(["set", "a", 1], way="config", prefix=None)
    (theirs,) = set(redis.keys("session:*")) - before
    redis.delete(theirs)
    same("the default prefix", DEFAULT_PREFIX, theirs.decode()[: len(DEFAULT_PREFIX)])


@in_both_ways
@pytest.mark.parametrize("prefix", ["lqz", "lqz:"])
def test_any_prefix(visitor, redis, here, way, prefix):
    here.INKPOOL_SESSION_KEY_PREFIX = prefix
    Browser().visit(put("user", "lqz"))
    (ours,) = redis.keys("lqz*")
    redis.delete(ours)
    visitor.visit(["set", "user", "lqz"], way=way, prefix=prefix)
    (theirs,) = redis.keys("lqz*")
    redis.delete(theirs)
    same(f"{way}: prefix {prefix!r}", ours[: len(prefix)], theirs[: len(prefix)])


@in_both_ways
@pytest.mark.parametrize("length", [16, 32, 64])
def test_the_length_of_an_id(visitor, redis, here, way, length):
    here.INKPOOL_SESSION_ID_LENGTH, here.INKPOOL_SESSION_USE_SIGNER = length, False
    browser = Browser()
    browser.visit(put("user", "lqz"))
    visitor.visit(["set", "user", "lqz"], way=way, length=length, signer=False)
    ids = browser.key, visitor.cookie.removeprefix("session=")
    same(f"{way}: an id of {length} bytes in the cookie", *map(len, ids))
    lengths = [len(key) for prefix in ("here:", "parity:") for key in keys(redis, prefix)]
    why = "The key holds the SHA-256 of the id, which always has 64 hexadecimal digits."
    expected = (64, len(ids[1]))
    differs(f"{way}: an id of {length} bytes in the key", *lengths, why, expected=expected)


@in_both_ways
def test_an_id_that_can_be_guessed(visitor, way):
    visitor.visit(["set", "user", "lqz"], way=way, length=1, signer=False)
    environment = {"PATH": os.environ["PATH"], "SESSION_ID_LENGTH": "1"}
    check = [sys.executable, "manage.py", "check"]
    done = subprocess.run(check, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert "SESSION_ID_LENGTH" in done.stderr
    why = (
        "An id that can be guessed lets an attacker in. With less than 16 bytes the site "
        "does not start, and the error names the setting."
    )
    codes = bool(done.returncode), not visitor.cookie
    differs(f"{way}: an id of one byte is refused", *codes, why, expected=(True, False))


@in_both_ways
@pytest.mark.parametrize("signer", [True, False])
def test_the_signer(visitor, here, way, signer):
    here.INKPOOL_SESSION_USE_SIGNER = signer
    browser = Browser()
    browser.visit(put("user", "lqz"))
    visitor.visit(["set", "user", "lqz"], way=way, signer=signer)
    signed = ["." in each for each in (browser.key, visitor.cookie)]
    same(f"{way}: signer={signer}: the cookie is signed", *signed)
    browser.visit(content)
    seen = visitor.visit(way=way, signer=signer)["seen"]
    same(f"{way}: signer={signer}: read back", browser.seen, seen)


@in_both_ways
def test_a_view_decides_until_when(visitor, way):
    """session.permanent = False, where the settings say that sessions are permanent."""
    browser = Browser()
    browser.visit(put("user", "lqz"))
    visitor.visit(["set", "user", "lqz"], way=way)
    ours = browser.visit(lambda session: session.set_expiry(0)).cookies["sessionid"]
    visitor.visit(["permanent", False], way=way)
    same(f"{way}: permanent = False in a view", ours["expires"], visitor.sent["expires"])


@in_both_ways
def test_until_the_browser_closes(visitor, redis, way):
    browser = Browser()

    def view(session):
        session["user"] = "lqz"
        session.set_expiry(0)

    ours = browser.visit(view).cookies["sessionid"]
    visitor.visit(["set", "user", "lqz"], way=way, permanent=False)
    same(f"{way}: a cookie without end", ours["expires"], visitor.sent["expires"])
    lives = [abs(ttl - MONTH) < 3 for p in ("here:", "parity:") for ttl in keys(redis, p).values()]
    same(f"{way}: and yet 31 days in Redis", lives[0], lives[1])


@in_both_ways
def test_the_lifetime_is_that_of_the_key_and_of_the_cookie(visitor, redis, here, way):
    here.SESSION_COOKIE_AGE = 60
    browser = Browser()
    ours = browser.visit(put("user", "lqz")).cookies["sessionid"]
    visitor.visit(["set", "user", "lqz"], way=way, lifetime=60)
    ttls = [max(keys(redis, prefix).values()) for prefix in ("here:", "parity:")]
    same(f"{way}: SESSION_LIFETIME: the key", 58 <= ttls[0] <= 60, 58 <= ttls[1] <= 60)
    same(f"{way}: SESSION_LIFETIME: the cookie", left(ours) <= 60, left(visitor.sent) <= 60)


def left(cookie):
    ends = datetime.strptime(cookie["expires"], "%a, %d %b %Y %H:%M:%S GMT")
    return (ends - datetime.utcnow()).total_seconds()


def test_the_cookie(visitor):
    ours = Browser().visit(put("user", "lqz")).cookies["sessionid"]
    visitor.visit(["set", "user", "lqz"])
    for name in ("httponly", "path", "domain"):
        same(f"the cookie's {name}", ours[name], visitor.sent[name])
    why = "With SameSite=Lax a form on another site cannot act in the name of a signed-in visitor."
    differs(
        "the cookie's SameSite",
        ours["samesite"],
        visitor.sent["samesite"],
        why,
        expected=("Lax", ""),
    )
