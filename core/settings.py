"""Every setting, and the one reader of the environment (Flask: app.config).

Promises: each variable of the README is read here, once, at start; a wrong one stops the
start by name; nothing falls back in silence. Durations are in seconds.
"""

from pathlib import Path
from typing import Any

from core import database_url, env

BASE_DIR = Path(__file__).resolve().parent.parent

# The process
SECRET_KEY = env.text("DJANGO_SECRET_KEY")
DEBUG = env.flag("DJANGO_DEBUG", False)
ALLOWED_HOSTS = env.words("DJANGO_ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.origins("DJANGO_CSRF_TRUSTED_ORIGINS")
TRUSTED_PROXIES = env.networks("DJANGO_TRUSTED_PROXIES")
PROXY_HEADERS = env.choice("DJANGO_PROXY_HEADERS", "auto", "auto", "x-forwarded", "forwarded")
HTTPS = env.flag("DJANGO_HTTPS", not DEBUG)
HSTS_SECONDS = env.seconds("DJANGO_HSTS_SECONDS", "1h", least=0)
HSTS_SUBDOMAINS = env.flag("DJANGO_HSTS_SUBDOMAINS", False)
HSTS_PRELOAD = env.flag("DJANGO_HSTS_PRELOAD", False)
if HSTS_PRELOAD and not (HSTS_SUBDOMAINS and HSTS_SECONDS >= 365 * 86400):  # hstspreload.org
    raise env.refusal(
        "DJANGO_HSTS_PRELOAD",
        "false, or DJANGO_HSTS_SUBDOMAINS=true and DJANGO_HSTS_SECONDS=365d or more beside it",
    )
RUN_DIR = env.folder("RUN_DIR", BASE_DIR / ".run")
METRICS_KEY = env.text("METRICS_KEY", "")
PAGE_CACHE = env.choice("PAGE_CACHE", "off" if DEBUG else "on", "on", "off") == "on"
PAGE_CACHE_STALE = env.seconds("PAGE_CACHE_STALE", "10m", most="7d", least=0)

INSTALLED_APPS = [
    "core",
    "accounts",
    "articles",
    "core.admin.admin_config.SiteConfig",
    "core.query_cache.QueryCacheConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.sitemaps",
    "django.forms",
]
MIDDLEWARE = [
    "core.monitoring.health.probes",
    "core.g.request_globals",
    "core.http.request_id.request_id",
    "core.http.server_timing.timings",
    "core.http.middleware.trusted_proxies",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.http.privacy.private_pages",
    "core.http.middleware.content_security_policy",
    "core.http.request_limits.request_limits",
    "accounts.devices.devices",
    "core.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "core.http.returned_forms.ReturnedForms",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.AuthenticationMiddleware",
    "accounts.middleware.csrf_cookie_kept",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "core.http.middleware.method_not_allowed",
]
ROOT_URLCONF = "core.urls"
WSGI_APPLICATION = "core.wsgi.application"
ASGI_APPLICATION = "core.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FORM_RENDERER = "core.backends.form_renderer.FormRenderer"
SERIALIZATION_MODULES = {"jsonl": "core.db.exact_jsonl"}
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "core.backends.template_backend.SignallingTemplates",
        "NAME": "django",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# The database: SQLite without DATABASE_URL, the pool over MySQL or MariaDB with it
CAP = env.whole("DB_POOL_MAX_CONNECTIONS", 6, least=1)  # per process
MIN_CACHED = env.whole("DB_POOL_MIN_CACHED", min(2, CAP), most=CAP)
POOL_OPTIONS = {
    "MAX_CONNECTIONS": CAP,
    "MIN_CACHED": MIN_CACHED,
    "MAX_CACHED": env.whole("DB_POOL_MAX_CACHED", CAP, least=max(1, MIN_CACHED), most=CAP),
    "BLOCKING": env.flag("DB_POOL_BLOCKING", True),
    "TIMEOUT": env.seconds("DB_POOL_TIMEOUT", "5s", most="1h"),
    "MAX_USAGE": env.whole("DB_POOL_MAX_USAGE", 0),
    "SET_SESSION": env.words("DB_POOL_SET_SESSION", separator=";"),
    "PING": env.choice("DB_POOL_PING", "idle", "idle", "checkout", "never"),
    "RECYCLE": env.seconds("DB_POOL_RECYCLE", "15m"),
    "RELEASE": env.choice("DB_POOL_RELEASE", "request", "request", "transaction"),
    "LEAK_AFTER": env.seconds("DB_POOL_LEAK_AFTER", "30s"),
}
env.refuse_unknown("DB_POOL_")
# Not read to start them, but to count their pools; the doors' own number is 2.
WORKERS = env.whole("GRANIAN_WORKERS", env.whole("WEB_CONCURRENCY", 2, least=1), least=1)
# For the check alone: a worker asks its server (core/startup/server_threads.py).
THREADS = env.whole("GRANIAN_BLOCKING_THREADS", 8, least=1)
HOSTS = env.whole("SITE_HOSTS", 1, least=1)  # that have as many workers each

MYSQL_OPTIONS = {
    "charset": "utf8mb4",
    "isolation_level": "read committed",
    "init_command": "SET sql_mode='TRADITIONAL,NO_ENGINE_SUBSTITUTION'",
    "connect_timeout": 5,
}
# A page that takes longer is lost to its reader anyway, and a server that has frozen would
# hold every thread so long. Migrations and commands have no such limit.
MYSQL_WORKER_OPTIONS = {"read_timeout": 10, "write_timeout": 10}
SQLITE_OPTIONS = {
    "timeout": 20,  # how long a writer waits for another
    "transaction_mode": "IMMEDIATE",  # wait for the lock at BEGIN, not halfway
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}


def database() -> dict[str, Any]:
    """As DATABASE_URL or its file tells it now; the pool asks again when the server refuses."""
    entry = database_url.database("DATABASE_URL", f"sqlite:///{BASE_DIR / 'db.sqlite3'}")
    pooled = entry["ENGINE"] == "core.mysql_pool"
    own = MYSQL_OPTIONS if pooled else SQLITE_OPTIONS
    return entry | {"OPTIONS": own | (entry.get("OPTIONS", {}) if pooled else {})}


DATABASE = database()
if DATABASE["ENGINE"] == "core.mysql_pool":
    DATABASE["WORKER_OPTIONS"] = MYSQL_WORKER_OPTIONS
    DATABASE["POOL_OPTIONS"] = POOL_OPTIONS
    if env.in_file("DATABASE_URL"):
        DATABASE["READ_AGAIN"] = database
    # One collation, by name: without case and accents, known to MySQL and MariaDB alike.
    DATABASE["TEST"] = {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_unicode_520_ci"}
DATABASES = {"default": DATABASE}

# When what all readers see changes without a write, for core/templatetags/shared.py.
NEXT_CHANGE = "articles.due.next_due"

# Cache and sessions: this process and the database without REDIS_URL, Redis with it
REDIS = ("redis", "rediss", "unix")
REDIS_URL = env.url("REDIS_URL", REDIS)
CACHE_URL = env.url("CACHE_URL", REDIS, default=REDIS_URL)
SESSION_REDIS_URL = env.url("SESSION_REDIS_URL", REDIS, default=REDIS_URL)
SESSION_KEY_PREFIX = env.text("SESSION_KEY_PREFIX", "session:")
if SESSION_KEY_PREFIX.startswith(("cache:", "queries:")):
    raise env.refusal(
        "SESSION_KEY_PREFIX", "a prefix outside cache: and queries:, which clear() empties"
    )


def redis_cache(url: str, prefix: str) -> dict[str, Any]:
    return {
        "BACKEND": "core.redis_cache.cache_backend.RedisCache",
        "LOCATION": url,
        "KEY_PREFIX": prefix,
        "TIMEOUT": 300,
        "OPTIONS": {
            "SERIALIZER": "core.redis_cache.serializer.Serializer",
            "CONNECTION_POOL_KWARGS": {"max_connections": 1000},  # threads are limit enough
            "SOCKET_CONNECT_TIMEOUT": 1,
            "SOCKET_TIMEOUT": 1,
        },
    }


CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "TIMEOUT": 300,
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
    "orm_results": {"BACKEND": "core.query_cache.Results"},
}
SESSION_ENGINE = "core.sessions.database"
if CACHE_URL:
    CACHES["default"] = redis_cache(CACHE_URL, "cache")
    CACHES["queries"] = redis_cache(CACHE_URL, "queries")
if SESSION_REDIS_URL:
    CACHES["sessions"] = redis_cache(SESSION_REDIS_URL, SESSION_KEY_PREFIX)
    SESSION_ENGINE = "core.sessions.redis"

# django-cachalot: which queries core/query_cache.py keeps. Never those of users or sessions.
CACHALOT_CACHE = "orm_results"
CACHALOT_DATABASES = ["default"]
CACHALOT_ADDITIONAL_SUPPORTED_DATABASES = {"core.mysql_pool", "core.sqlite"}
CACHALOT_ONLY_CACHABLE_TABLES = ("articles_article", "articles_tag", "articles_article_tags")
CACHALOT_CACHE_ITERATORS = False  # iterator() is for results that are too long for memory
CACHALOT_FINAL_SQL_CHECK = True  # ORDER BY may name tables that the query does not list
CACHALOT_QUERY_KEYGEN = "core.query_cache.question"
SILENCED_SYSTEM_CHECKS = [
    "cachalot.W001",  # it does not know our cache, which is made for it
    # They ask for subdomains and preload, which may shut out sites that are not ours to judge;
    # core.I010 says how far HSTS goes instead.
    "security.W005",
    "security.W021",
]

# Sessions and sign-in
SESSION_USE_SIGNER = env.flag("SESSION_USE_SIGNER", True)
SESSION_PERMANENT = env.flag("SESSION_PERMANENT", True)
SESSION_ID_LENGTH = env.whole("SESSION_ID_LENGTH", 32, least=16, most=128)  # bytes
SESSION_COOKIE_AGE = env.seconds("SESSION_LIFETIME", "31d")
SESSION_ABSOLUTE_LIFETIME = env.seconds("SESSION_ABSOLUTE_LIFETIME", "180d")
SESSION_REAUTH_AFTER = env.seconds("SESSION_REAUTH_AFTER", "30m")
LOGIN_USERNAME_MIN_LENGTH = env.whole("LOGIN_USERNAME_MIN_LENGTH", 6, least=1, most=150)
LOGIN_USERNAME_MAX_LENGTH = env.whole(
    "LOGIN_USERNAME_MAX_LENGTH", 18, least=LOGIN_USERNAME_MIN_LENGTH, most=150
)
LOGIN_PASSWORD_REGEXP = env.pattern(
    "LOGIN_PASSWORD_REGEXP",
    r"^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[$@$!%*?&])[A-Za-z\d$@$!%*?&]{8,}",
)
NEW_USER_PASSWORD = env.text("DJANGO_USER_PASSWORD", "")  # for create_user
REGISTRATION_OPEN = env.flag("REGISTRATION_OPEN", False)
MESSAGE_STORAGE = "core.backends.message_storage.MessageStorage"
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.RememberedUsers"]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "articles:index"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.validators.LoginRuleValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

# Language and time
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LANGUAGE_CODE = env.choice("DJANGO_LANGUAGE", "en", *dict(LANGUAGES))
LOCALE_PATHS = [BASE_DIR / "core" / "locale"]
USE_TZ = True
TIME_ZONE = env.time_zone("DJANGO_TIME_ZONE", "UTC")  # of what is shown and typed, not stored

# Static files
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Security: what HTTPS brings, and what holds always
COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
RETURNED_FORM_COOKIE_NAME = f"{COOKIE_PREFIX}returned"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "core.http.error_pages.csrf_failure"
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_AGE = 365 * 86400
# The editor takes 500,000 characters; a Chinese one is nine bytes in a form.
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["core.http.file_refusal.NoFiles"]
SECURE_HSTS_SECONDS = HSTS_SECONDS if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HSTS_SUBDOMAINS
SECURE_HSTS_PRELOAD = HSTS_PRELOAD
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {  # shaped as Django 6's setting of this name
    "default-src": ["'self'"],
    "img-src": ["'self'", "https:", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}

LOG_LEVEL = env.choice("DJANGO_LOG_LEVEL", "INFO", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOG_FORMAT = env.choice("DJANGO_LOG_FORMAT", "console", "console", "json")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "console": {
            "class": "core.monitoring.log_format.ConsoleFormatter",
            "format": "{asctime} {levelname} {name}{of_request}: {message}",
            "style": "{",
            "defaults": {"of_request": ""},
        },
        "json": {"()": "core.monitoring.log_format.JsonFormatter"},
    },
    "filters": {"request_id": {"()": "core.monitoring.log_format.RequestId"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["request_id"],
        }
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        # Django's own handlers would say each line twice, and its own levels are INFO.
        "django": {"handlers": [], "level": "NOTSET"},
        "django.server": {"handlers": ["stderr"], "propagate": False, "level": LOG_LEVEL},
    },
}
