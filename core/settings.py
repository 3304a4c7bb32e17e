"""All settings; the only module that reads the environment (Flask: app.config).

Guarantees: each variable of docs/configuration.md is read here, once, at start. A value that is not
allowed stops the start and is named; none falls back to its default in silence. Durations are in
seconds. Settings of this site begin with INKPOOL_; lower-case names are used in this module only.
"""

from pathlib import Path
from typing import Any

from core import bucket_url, database_url, env, mail_url

BASE_DIR = Path(__file__).resolve().parent.parent

# The process
SECRET_KEY = env.text("DJANGO_SECRET_KEY")
DEBUG = env.flag("DJANGO_DEBUG", False)
ALLOWED_HOSTS = env.words("DJANGO_ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.origins("DJANGO_CSRF_TRUSTED_ORIGINS")
INKPOOL_TRUSTED_PROXIES = env.networks("DJANGO_TRUSTED_PROXIES")
INKPOOL_PROXY_HEADERS = env.choice(
    "DJANGO_PROXY_HEADERS", "auto", "auto", "x-forwarded", "forwarded"
)
https = env.flag("DJANGO_HTTPS", not DEBUG)
hsts_seconds = env.seconds("DJANGO_HSTS_SECONDS", "1h", least=0)
hsts_subdomains = env.flag("DJANGO_HSTS_SUBDOMAINS", False)
hsts_preload = env.flag("DJANGO_HSTS_PRELOAD", False)
if hsts_preload and not (hsts_subdomains and hsts_seconds >= 365 * 86400):  # hstspreload.org
    raise env.refusal(
        "DJANGO_HSTS_PRELOAD",
        "false, or DJANGO_HSTS_SUBDOMAINS=true and DJANGO_HSTS_SECONDS=365d or more beside it",
    )
INKPOOL_RUN_DIR = env.folder("RUN_DIR", BASE_DIR / ".run")
INKPOOL_METRICS_KEY = env.text("METRICS_KEY", "")
INKPOOL_SITE_NAME = env.line("SITE_NAME", "Inkpool", most=60)
INKPOOL_SITE_TAGLINE = env.line("SITE_TAGLINE", "", most=200)
INKPOOL_SITE_LINKS = env.links("SITE_LINKS")
about_links = [link.address for link in INKPOOL_SITE_LINKS if link.address.endswith("/about/")]
INKPOOL_OWN_ABOUT = next((each for each in about_links if each != "/about/"), None)
INKPOOL_SOURCE_URL = env.url("SOURCE_URL", ("https", "http"))
INKPOOL_PAGE_CACHE = env.choice("PAGE_CACHE", "off" if DEBUG else "on", "on", "off") == "on"
INKPOOL_PAGE_CACHE_STALE = env.seconds("PAGE_CACHE_STALE", "10m", most="7d", least=0)

INSTALLED_APPS = [
    "core",
    "core.caching",
    "core.http",
    "core.sessions",
    "core.jobs.apps.JobsConfig",
    "accounts",
    "articles",
    "core.admin.admin_config.SiteConfig",
    "post_office",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.sitemaps",
    "django.forms",
    "core.query_cache.QueryCacheConfig",  # last: by then all apps have declared their subjects
]
MIDDLEWARE = [
    "core.monitoring.middleware.early_answers",
    "core.g.request_globals",
    "core.http.request_id.request_id",
    "core.http.server_timing.timings",
    "core.http.trusted_proxies.trusted_proxies",
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
    "accounts.password_change.password_change_first",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "core.http.middleware.method_not_allowed",
    "articles.redirects.redirects",
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
                "core.page_cache.page_context.page_context",
            ]
        },
    }
]

# The database: SQLite without DATABASE_URL, the pool over MySQL or MariaDB with it
cap = env.whole("DB_POOL_MAX_CONNECTIONS", 6, least=1)  # per process
min_cached = env.whole("DB_POOL_MIN_CACHED", min(2, cap), most=cap)
pool_options = {
    "MAX_CONNECTIONS": cap,
    "MIN_CACHED": min_cached,
    "MAX_CACHED": env.whole("DB_POOL_MAX_CACHED", cap, least=max(1, min_cached), most=cap),
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
# For checks that count connections; the server reads its own number of workers.
INKPOOL_WORKERS = env.whole("GRANIAN_WORKERS", env.whole("WEB_CONCURRENCY", 2, least=1), least=1)
# For a check; a worker reads the number from its server (core/startup/server_threads.py).
INKPOOL_THREADS = env.whole("GRANIAN_BLOCKING_THREADS", 8, least=1)
INKPOOL_HOSTS = env.whole("SITE_HOSTS", 1, least=1)  # each with as many workers

mysql_options = {
    "charset": "utf8mb4",
    "isolation_level": "read committed",
    "init_command": "SET sql_mode='TRADITIONAL,NO_ENGINE_SUBSTITUTION'",
    "connect_timeout": 5,
}
# Visitors do not wait longer for a page, and a database server that is frozen would occupy every
# thread for that time. Migrations and commands have no such limit.
mysql_worker_options = {"read_timeout": 10, "write_timeout": 10}
sqlite_options = {
    "timeout": 20,  # how long a writer waits for another
    "transaction_mode": "IMMEDIATE",  # wait for the lock at BEGIN, not halfway
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}


def default_database() -> dict[str, Any]:
    """The entry of DATABASES; the pool calls it again when the server refuses a password."""
    entry = database_url.database("DATABASE_URL", f"sqlite:///{BASE_DIR / 'db.sqlite3'}")
    pooled = entry["ENGINE"] == "core.mysql_pool"
    own = mysql_options if pooled else sqlite_options
    return entry | {"OPTIONS": own | (entry.get("OPTIONS", {}) if pooled else {})}


database = default_database()
if database["ENGINE"] == "core.mysql_pool":
    database["WORKER_OPTIONS"] = mysql_worker_options
    database["POOL_OPTIONS"] = pool_options
    if env.in_file("DATABASE_URL"):
        database["READ_AGAIN"] = default_database
    # One collation by name, which ignores case and accents and which MySQL and MariaDB both know.
    database["TEST"] = {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_unicode_520_ci"}
DATABASES = {"default": database}
INKPOOL_POOL_WRAPPER = "core.site_pool.DatabaseWrapper"

# Cache and sessions: this process and the database without REDIS_URL, Redis with it
redis_schemes = ("redis", "rediss", "unix")
redis_url = env.url("REDIS_URL", redis_schemes)
INKPOOL_CACHE_URL = env.url("CACHE_URL", redis_schemes, default=redis_url)
INKPOOL_SESSION_REDIS_URL = env.url("SESSION_REDIS_URL", redis_schemes, default=redis_url)
INKPOOL_SESSION_KEY_PREFIX = env.text("SESSION_KEY_PREFIX", "session:")
if INKPOOL_SESSION_KEY_PREFIX.startswith("cache:"):
    raise env.refusal("SESSION_KEY_PREFIX", "a prefix outside cache:, which clear() empties")


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
INKPOOL_SESSION_FAILURE_VIEW = "core.http.error_pages.session_failure"
if INKPOOL_CACHE_URL:
    CACHES["default"] = redis_cache(INKPOOL_CACHE_URL, "cache")
if INKPOOL_SESSION_REDIS_URL:
    CACHES["sessions"] = redis_cache(INKPOOL_SESSION_REDIS_URL, INKPOOL_SESSION_KEY_PREFIX)
    SESSION_ENGINE, SESSION_CACHE_ALIAS = "core.sessions.redis", "sessions"

# django-cachalot: the queries that core/query_cache.py keeps. Never those of users or sessions.
INKPOOL_QUERY_CACHE_SUBJECTS = ["articles"]
CACHALOT_CACHE = "orm_results"
CACHALOT_DATABASES = ["default"]
CACHALOT_ADDITIONAL_SUPPORTED_DATABASES = {"core.mysql_pool", "core.sqlite"}
CACHALOT_CACHE_ITERATORS = False  # iterator() is for results that are too long for memory
CACHALOT_FINAL_SQL_CHECK = True  # ORDER BY may name tables that the query does not list
CACHALOT_QUERY_KEYGEN = "core.query_cache.query_key"
SILENCED_SYSTEM_CHECKS = [
    "cachalot.W001",  # it does not know our cache, which is made for it
    # They want subdomains and preload, which may shut out other sites of the same domain; core.I010
    # says how far HSTS goes.
    "security.W005",
    "security.W021",
]

# Sessions and sign-in
INKPOOL_SESSION_USE_SIGNER = env.flag("SESSION_USE_SIGNER", True)
INKPOOL_SESSION_PERMANENT = env.flag("SESSION_PERMANENT", True)
INKPOOL_SESSION_ID_LENGTH = env.whole("SESSION_ID_LENGTH", 32, least=16, most=128)  # bytes
SESSION_COOKIE_AGE = env.seconds("SESSION_LIFETIME", "31d")
INKPOOL_SESSION_ABSOLUTE_LIFETIME = env.seconds("SESSION_ABSOLUTE_LIFETIME", "180d")
INKPOOL_SESSION_REAUTH_AFTER = env.seconds("SESSION_REAUTH_AFTER", "30m")
INKPOOL_LOGIN_USERNAME_MIN_LENGTH = env.whole("LOGIN_USERNAME_MIN_LENGTH", 6, least=1, most=150)
INKPOOL_LOGIN_USERNAME_MAX_LENGTH = env.whole(
    "LOGIN_USERNAME_MAX_LENGTH", 18, least=INKPOOL_LOGIN_USERNAME_MIN_LENGTH, most=150
)
INKPOOL_NOTES_PASSWORD_REGEXP = (
    r"^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[$@$!%*?&])[A-Za-z\d$@$!%*?&]{8,}"
)
INKPOOL_LOGIN_PASSWORD_REGEXP = env.pattern("LOGIN_PASSWORD_REGEXP", INKPOOL_NOTES_PASSWORD_REGEXP)
INKPOOL_LOGIN_PASSWORD_POLICY = env.choice("LOGIN_PASSWORD_POLICY", "notes", "notes", "length")
INKPOOL_LOGIN_PASSWORD_MIN_LENGTH = env.whole(
    "LOGIN_PASSWORD_MIN_LENGTH",
    15 if INKPOOL_LOGIN_PASSWORD_POLICY == "length" else 8,
    least=8,
    most=64,
)
INKPOOL_LOGIN_LEAKED_PASSWORDS = env.file("LOGIN_LEAKED_PASSWORDS")
# For import commands: the configuration of the database whose URL the named variable holds.
INKPOOL_SOURCE_DATABASE = database_url.source_config
INKPOOL_NEW_USER_PASSWORD = env.text("DJANGO_USER_PASSWORD", "")  # for create_user
env.refuse_renamed("REGISTRATION_OPEN", "give REGISTRATION=open, or closed or invitation, instead")
INKPOOL_REGISTRATION = env.choice("REGISTRATION", "closed", "closed", "invitation", "open")
MESSAGE_STORAGE = "core.backends.message_storage.MessageStorage"
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.RememberedUsers"]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "articles:index"
PASSWORD_HASHERS = [
    "accounts.hashers.BoundedArgon2",
    "accounts.hashers.BoundedPBKDF2",
    "accounts.hashers.BoundedWerkzeug",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.validators.LoginRuleValidator"},
    {"NAME": "accounts.leaked_passwords.LeakedPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

# Mail: accounts/mail_queue.py writes it to a queue in the database, and run_jobs sends it
mail_server = mail_url.mail_server("EMAIL_URL")
mail_backend = "smtp" if mail_server.host else "console"
EMAIL_BACKEND = f"django.core.mail.backends.{mail_backend}.EmailBackend"
EMAIL_HOST, EMAIL_PORT = mail_server.host, mail_server.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = mail_server.user, mail_server.password
EMAIL_USE_TLS, EMAIL_USE_SSL = mail_server.starts_tls, mail_server.is_tls
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = mail_url.sender(
    "DJANGO_DEFAULT_FROM_EMAIL", "Inkpool <inkpool@localhost>", needed_by="EMAIL_URL"
)
INKPOOL_SENDS_MAIL = bool(mail_server.host) or DEBUG
if mail_server.host and "*" in ALLOWED_HOSTS:  # the Host header of an attacker would stand in links
    raise env.refusal("DJANGO_ALLOWED_HOSTS", "the names of this site's hosts: mails link to them")

# Language and time
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LANGUAGE_CODE = env.choice("DJANGO_LANGUAGE", "en", *dict(LANGUAGES))
LOCALE_PATHS = [BASE_DIR / "core" / "locale"]
USE_TZ = True
TIME_ZONE = env.time_zone(
    "DJANGO_TIME_ZONE", "UTC"
)  # in which dates are shown and typed; they are stored in UTC

# Uploaded pictures
MEDIA_URL = "/media/"
media_bucket = bucket_url.bucket("MEDIA_STORAGE")
MEDIA_ROOT = BASE_DIR / "media" if media_bucket else env.folder("MEDIA_STORAGE", BASE_DIR / "media")
INKPOOL_MEDIA_ACCEL = env.url_folder("MEDIA_ACCEL")
if media_bucket and INKPOOL_MEDIA_ACCEL:
    raise env.refusal("MEDIA_ACCEL", "no value, because MEDIA_STORAGE names a bucket")
INKPOOL_MEDIA_QUOTA = env.size("MEDIA_QUOTA", "500 MB")  # bytes of one author

# Static files
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "articles.images.picture_bucket.PictureBucket", "OPTIONS": media_bucket}
    if media_bucket
    else {"BACKEND": "articles.images.picture_folder.PictureFolder"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "core.backends.static_storage.ModuleStaticFilesStorage"
    },
}

# Security, with and without HTTPS
cookie_prefix = "__Host-" if https else ""
SESSION_COOKIE_NAME = f"{cookie_prefix}sessionid"
CSRF_COOKIE_NAME = f"{cookie_prefix}csrftoken"
INKPOOL_DEVICE_COOKIE_NAME = f"{cookie_prefix}device"
INKPOOL_RETURNED_FORM_COOKIE_NAME = f"{cookie_prefix}returned"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = https
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "core.http.error_pages.csrf_failure"
LANGUAGE_COOKIE_SECURE = https
LANGUAGE_COOKIE_AGE = 365 * 86400
# The editor takes 500,000 characters; a Chinese one is nine bytes in a form.
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "core.http.file_refusal.NoFiles",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
SECURE_HSTS_SECONDS = hsts_seconds if https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = hsts_subdomains
SECURE_HSTS_PRELOAD = hsts_preload
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if INKPOOL_TRUSTED_PROXIES else None
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

# A Flask application behind the same domain, whose users are signed in here too
INKPOOL_FLASK_BRIDGE = env.choice("FLASK_BRIDGE", "off", "off", "redis", "cookie")
INKPOOL_FLASK_BRIDGE_SECRET_KEY = env.text("FLASK_BRIDGE_SECRET_KEY", "")
flask_salt = "cookie-session" if INKPOOL_FLASK_BRIDGE == "cookie" else "flask-session"
INKPOOL_FLASK_BRIDGE_SALT = env.text("FLASK_BRIDGE_SALT", flask_salt)
own_cookies = {
    SESSION_COOKIE_NAME,
    CSRF_COOKIE_NAME,
    INKPOOL_DEVICE_COOKIE_NAME,
    INKPOOL_RETURNED_FORM_COOKIE_NAME,
    "messages",
    "django_language",
}
flask_cookie = env.cookie("FLASK_BRIDGE_COOKIE", "session", own_cookies)
INKPOOL_FLASK_COOKIE = None if INKPOOL_FLASK_BRIDGE == "off" else flask_cookie
INKPOOL_FLASK_BRIDGE_KEY_PREFIX = env.text("FLASK_BRIDGE_KEY_PREFIX", "session:")
INKPOOL_FLASK_BRIDGE_SIGNER = env.flag("FLASK_BRIDGE_SIGNER", False)
INKPOOL_FLASK_BRIDGE_SERIALIZER = env.choice(
    "FLASK_BRIDGE_SERIALIZER", "msgpack", "msgpack", "json"
)
INKPOOL_FLASK_BRIDGE_USER_MAP = env.pairs(
    "FLASK_BRIDGE_USER_MAP", source="", key="_user_id", field="id"
)
env.refuse_unknown("FLASK_BRIDGE_")
if INKPOOL_FLASK_BRIDGE_USER_MAP["field"] not in ("id", "username"):
    raise env.refusal("FLASK_BRIDGE_USER_MAP", "field=id or field=username")
if INKPOOL_FLASK_BRIDGE_KEY_PREFIX.startswith("cache:"):
    raise env.refusal("FLASK_BRIDGE_KEY_PREFIX", "a prefix outside cache:, where the cache is")
if INKPOOL_FLASK_BRIDGE == "redis" and not INKPOOL_SESSION_REDIS_URL:
    raise env.missing("REDIS_URL", "FLASK_BRIDGE=redis needs the Redis of Flask-Session")
needs_key = INKPOOL_FLASK_BRIDGE == "cookie" or INKPOOL_FLASK_BRIDGE_SIGNER
if INKPOOL_FLASK_COOKIE and needs_key and not INKPOOL_FLASK_BRIDGE_SECRET_KEY:
    need = "the bridge checks signatures with the SECRET_KEY of the Flask application"
    raise env.missing("FLASK_BRIDGE_SECRET_KEY", need)
if INKPOOL_FLASK_COOKIE and not INKPOOL_FLASK_BRIDGE_USER_MAP["source"]:
    need = "FLASK_BRIDGE needs source=NAME, the source of the accounts that import_users made"
    raise env.missing("FLASK_BRIDGE_USER_MAP", need)

log_level = env.choice("DJANGO_LOG_LEVEL", "INFO", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
log_format = env.choice("DJANGO_LOG_FORMAT", "console", "console", "json")
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
            "formatter": log_format,
            "filters": ["request_id"],
        }
    },
    "root": {"handlers": ["stderr"], "level": log_level},
    "loggers": {
        # Django's own handlers would write each line twice, and its own levels are INFO.
        "django": {"handlers": [], "level": "NOTSET"},
        # Else it adds a handler of its own, and each line is written twice.
        "post_office": {"handlers": ["stderr"], "propagate": False, "level": "WARNING"},
        "django.server": {"handlers": ["stderr"], "propagate": False, "level": log_level},
    },
}
