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
    with pytest.raises(Exception):  # noqa: B017  (whatever the decoder says)
        cache.get("alice")
    assert not (tmp_path / "boom").exists()
