import pytest
from django.conf import settings
from django.core.cache import caches

pytestmark = pytest.mark.skipif(
    settings.CACHE_URL is None, reason="runs in the pass on MariaDB and Redis"
)


@pytest.fixture(autouse=True)
def clean():
    yield
    for alias in ("default", "sessions"):
        caches[alias].clear()


def test_clear_removes_the_caches_own_keys_only():
    for number in range(1200):
        caches["default"].set(f"page {number}", number)
    caches["default"].set("other version", 1, version=2)
    caches["sessions"].set("alice", {"user": 1})
    caches["default"].clear()
    assert caches["default"].get("page 7") is None
    assert caches["default"].get("other version", version=2) is None
    assert caches["sessions"].get("alice") == {"user": 1}


def test_a_bomb_in_redis_runs_no_code(tmp_path):
    import pickle

    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "boom"), "w"))

    cache = caches["sessions"]
    redis = cache.client.get_client(write=True)
    redis.set(cache.make_key("alice"), pickle.dumps(Bomb()))
    assert cache.get("alice", "nothing") == "nothing"
    cache.set("bob", 1)
    assert cache.get_many(["alice", "bob"]) == {"bob": 1}
    assert not (tmp_path / "boom").exists()


def test_a_redis_that_is_away_is_asked_once_in_a_while(monkeypatch):
    from redis.exceptions import ConnectionError as RedisConnectionError

    cache, asked = caches["default"], []

    def away(*args, **kwargs):
        asked.append(1)
        raise RedisConnectionError("away")

    with monkeypatch.context() as patch:
        patch.setattr(type(cache.client), "get", away)
        for _ in range(5):
            with pytest.raises(RedisConnectionError):
                cache.get("a")
        assert len(asked) == 1
    cache.breaker.retry_at = 1.0  # the rest is over
    assert cache.get("a") is None
    assert not cache.breaker.is_open
