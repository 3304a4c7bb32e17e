"""The site's settings with django-cachalot, its cache and the engine as they are shipped."""

from core.settings import *  # noqa: F403
from core.settings import CACHES, DATABASES, INKPOOL_CACHE_URL, INSTALLED_APPS

INSTALLED_APPS = [
    "cachalot" if each == "core.query_cache.QueryCacheConfig" else each for each in INSTALLED_APPS
]
DATABASES = {"default": DATABASES["default"] | {"ENGINE": "django.db.backends.mysql"}}
CACHES = CACHES | {
    "stock": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": INKPOOL_CACHE_URL},
}
CACHALOT_CACHE = "stock"
CACHALOT_FINAL_SQL_CHECK = False
CACHALOT_INVALIDATE_RAW = True
CACHALOT_ONLY_CACHABLE_APPS = ("articles",)
CACHALOT_QUERY_KEYGEN = "cachalot.utils.get_query_cache_key"
CACHALOT_TIMEOUT = None
