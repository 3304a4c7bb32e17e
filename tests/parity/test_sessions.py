"""Flask-Session in both of the notes' ways beside core.sessions.redis, on one Redis."""

import pytest

from tests.core.sessions.browser import Browser
from tests.parity.book import differs, same
from tests.parity.conftest import FlaskError
from tests.parity.our_requests import MONTH, content, in_both_ways, keys, put

pytestmark = [
    pytest.mark.parity,
    pytest.mark.django_db,
    pytest.mark.usefixtures("here", "clean"),
]
SUBJECT = "sessions"


@in_both_ways
def test_a_session_is_one_key_under_the_prefix_for_a_month(flask, visitor, redis, way):
    browser = Browser()
    browser.visit(put("user", "lqz"))
    visitor.visit(["set", "user", "lqz"], way=way)
    (ours, our_ttl), *more = keys(redis, "here:").items()
    (theirs, their_ttl), *others = keys(redis, "parity:").items()
    same(f"{way}: keys", len(more), len(others))
    same(f"{way}: lives for 31 days", abs(our_ttl - MONTH) < 3, abs(their_ttl - MONTH) < 3)
    seen = browser.visit(lambda session: None) and browser.visit(content) and browser.seen
    same(f"{way}: read back", seen, visitor.visit(way=way)["seen"])
    id = visitor.cookie.removeprefix("session=").rpartition(".")[0]
    why = (
        "The key in Redis holds a hash of the session id. With a list of the keys no one "
        "can sign in."
    )
    stored = browser.key.split(".")[0] in ours, id in theirs
    differs(f"{way}: the id is in Redis", *stored, why, expected=(False, True))


@in_both_ways
def test_a_cookie_with_a_wrong_signature_is_a_new_visitor(visitor, way):
    browser = Browser()
    browser.visit(put("user", "lqz"))
    visitor.visit(["set", "user", "lqz"], way=way)
    browser.cookies["sessionid"] = browser.key[:-3] + "000"
    visitor.cookie = visitor.cookie[:-3] + "000"
    browser.visit(content)
    same(f"{way}: a wrong signature", browser.seen, visitor.visit(way=way)["seen"])


@in_both_ways
def test_an_unknown_id_is_not_taken_over(visitor, redis, here, way):
    here.INKPOOL_SESSION_USE_SIGNER = False
    browser = Browser()
    browser.cookies["sessionid"] = "planted"
    visitor.cookie = "session=planted"
    browser.visit(put("user", "lqz"))
    visitor.visit(["set", "user", "lqz"], way=way, signer=False)
    same(f"{way}: a planted id", browser.key != "planted", visitor.cookie != "session=planted")


@in_both_ways
def test_an_emptied_session_loses_key_and_cookie(visitor, redis, way):
    browser = Browser()
    browser.visit(put("user", "lqz"))
    visitor.visit(["set", "user", "lqz"], way=way)
    ours = browser.visit(lambda session: session.clear()).cookies["sessionid"]
    visitor.visit(["clear"], way=way)
    same(f"{way}: emptied: the key", keys(redis, "here:"), keys(redis, "parity:"))
    same(f"{way}: emptied: the cookie", ours.value, visitor.sent.value)
    same(f"{way}: emptied: its time", str(ours["max-age"]), visitor.sent["max-age"])


@in_both_ways
@pytest.mark.parametrize("damage", [b"\xc1garbage", b"half"])
def test_a_damaged_payload(visitor, redis, damage, way):
    browser = Browser()
    browser.visit(put("user", "lqz"))
    visitor.visit(["set", "user", "lqz"], way=way)
    for key in [*redis.keys("here:*"), *redis.keys("parity:*")]:
        redis.set(key, damage)
    ours = browser.visit(content).status_code, browser.seen
    with pytest.raises(FlaskError) as theirs:
        visitor.visit(way=way)
    why = (
        "A damaged session is replaced by a new one. Flask fails with a 500 until the "
        "visitor deletes the cookie."
    )
    expected = (200, {}), "UnpicklingError"
    differs(f"{way}: damaged by {damage!r}", ours, theirs.value.name, why, expected=expected)


def test_reading_prolongs(visitor, redis):
    browser = Browser()
    browser.visit(put("user", "lqz"))
    visitor.visit(["set", "user", "lqz"])
    for key in [*redis.keys("here:*"), *redis.keys("parity:*")]:
        redis.expire(key, 100)
    ours = browser.visit(content)
    visitor.visit()
    ttls = [max(keys(redis, prefix).values()) for prefix in ("here:", "parity:")]
    same("reading prolongs", ttls[0] > 100, ttls[1] > 100)
    why = (
        "A response with a cookie cannot be kept by shared caches. The cookie is sent "
        "again after a tenth of its lifetime."
    )
    sent = "sessionid" in ours.cookies, visitor.sent is not None
    differs("a cookie with each read", *sent, why, expected=(False, True))


def test_a_change_inside_a_value(visitor):
    browser = Browser()
    browser.visit(put("cart", []))
    visitor.visit(["set", "cart", []])
    browser.visit(lambda session: session["cart"].append("tea"))
    visitor.visit(["append", "cart", "tea"])
    browser.visit(content)
    why = (
        "A change inside a value needs `session.modified = True`. Flask-Session stores "
        "every session at the end of every request."
    )
    seen = browser.seen["cart"], visitor.visit()["seen"]["cart"]
    differs("a change inside a value", *seen, why, expected=([], ["tea"]))


def test_a_change_inside_a_value_that_is_told(visitor):
    browser = Browser()
    browser.visit(put("cart", []))
    visitor.visit(["set", "cart", []])

    def view(session):
        session["cart"].append("tea")
        session.modified = True

    browser.visit(view)
    visitor.visit(["append", "cart", "tea"], ["modified"])
    browser.visit(content)
    same("modified = True", browser.seen, visitor.visit()["seen"])


def test_bytes_are_refused_at_once(visitor):
    with pytest.raises(TypeError, match="ink"):
        Browser().visit(put("ink", b"ink"))
    visitor.visit(["set_bytes", "ink"])
    why = (
        "Both stores keep JSON. A value that would be read back as another type is "
        "refused, and the error names its key."
    )
    differs("bytes", "refused", "kept", why, expected=("refused", "kept"))


def test_two_requests_at_once_keep_what_both_have_changed(visitor):
    browser = Browser()
    browser.visit(put("user", "lqz"))
    visitor.visit(["set", "user", "lqz"])

    def view(session):
        session.get("user")
        other = Browser()
        other.cookies = browser.cookies
        other.visit(put("b", 1))
        session["a"] = 1

    browser.visit(view)
    visitor.visit(["meanwhile", "b"], ["set", "a", 1])
    browser.visit(content)
    why = (
        "A request stores the keys that it has changed, so it does not overwrite the "
        "change of another request."
    )
    seen = "b" in browser.seen, "b" in visitor.visit()["seen"]
    differs("parallel changes: the first one is kept", *seen, why, expected=(True, False))
