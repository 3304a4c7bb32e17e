"""The page that empties the caches: its permission, its effect, and its limits."""

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.test import Client
from redis.exceptions import ConnectionError as RedisConnectionError

from core.caching import memoize
from core.invalidation import broadcast
from core.invalidation.generations import bit, generations
from core.subjects import names
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)
PURGE = "/admin/purge/"


@pytest.fixture
def editor() -> Client:
    """The browser of a member of staff with the permission to change articles only."""
    user = make_user("erin_staff", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="change_article"))
    client = Client()
    client.force_login(user)
    client.get("/about/")
    return client


def test_page_asks_for_confirmation(editor: Client) -> None:
    before = generations().stamp()
    assert "Empty the caches" in editor.get(PURGE).content.decode()
    assert generations().stamp() == before
    assert PURGE in editor.get("/admin/").content.decode()


def test_purge_outdates_every_entry_and_keeps_sessions(editor: Client) -> None:
    calls: list[str] = []
    until_a_write = memoize(subjects=["articles"])(lambda: calls.append("until a write") or 1)
    for_a_time = memoize(60)(lambda: calls.append("for a time") or 1)
    until_a_write(), for_a_time()
    cache.set("attempts", 9)
    shared = generations()
    before = [shared.read(bit(subject)) for subject in names()]
    answer = editor.post(PURGE, follow=True)
    assert "The caches are empty" in answer.content.decode()
    after = [shared.read(bit(subject)) for subject in names()]
    assert all(one != other for one, other in zip(before, after, strict=True))
    assert cache.get("attempts") == 9
    until_a_write(), for_a_time()
    assert calls == ["until a write", "for a time", "until a write"]


@pytest.mark.skipif(
    settings.INKPOOL_CACHE_URL is None, reason="runs in the pass on MariaDB and Redis"
)
def test_unreachable_redis_shows_a_warning(editor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(mask: int) -> None:
        raise RedisConnectionError("away")

    monkeypatch.setattr("core.invalidation.broadcast.publish", away)
    answer = editor.post(PURGE, follow=True)
    assert "Redis does not answer" in answer.content.decode()
    broadcast.own_link().unsent.clear()
    cache.breaker.close()  # type: ignore[attr-defined]


def test_purge_needs_the_permission(client: Client) -> None:
    articles = bit("articles")
    before = generations().read(articles)
    assert client.post(PURGE).status_code == 302
    client.force_login(make_user("bob_reads"))
    assert client.post(PURGE).status_code in (302, 403)
    client.force_login(make_user("frank_staff", is_staff=True))
    assert client.post(PURGE).status_code == 403
    assert PURGE not in client.get("/admin/").content.decode()
    assert Client(enforce_csrf_checks=True).post(PURGE).status_code in (302, 403)
    # Only users were written, so the generation of the articles is unchanged.
    assert generations().read(articles) == before
