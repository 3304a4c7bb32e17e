"""Variables whose values are refused: the error names the variable and the allowed values."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.startup.start_conditions import BOOT_ERROR

ROOT = Path(__file__).resolve().parent.parent
KEY = {"DJANGO_SECRET_KEY": "k" * 60}


def load(expression: str = "''", **variables: str) -> tuple[int, str]:
    """Import core.settings alone in a fresh interpreter: (exit code, output)."""
    code = f"from core import settings as s; print(({expression}))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **KEY, **variables},
        capture_output=True,
        text=True,
    )
    return done.returncode, (done.stdout + done.stderr).strip()


WRONG = [
    ("DJANGO_DEBUG", "maybe", "true or false"),
    ("DJANGO_HTTPS", "2", "true or false"),
    ("DJANGO_HSTS_SECONDS", "-1", "0 s to 3650d"),
    ("DJANGO_HSTS_SECONDS", "1y", "90, 15m, 12h, 31d"),
    ("DJANGO_HSTS_SUBDOMAINS", "all", "true or false"),
    ("DJANGO_HSTS_PRELOAD", "true", "DJANGO_HSTS_SECONDS=365d or more"),
    ("DJANGO_CSRF_TRUSTED_ORIGINS", "www.example.org", "https://www.example.org"),
    ("DJANGO_CSRF_TRUSTED_ORIGINS", "https://www.example.org/login", "without a path"),
    ("DJANGO_LANGUAGE", "fr", "en or zh-hans"),
    ("DJANGO_TIME_ZONE", "Asia/Beijing", "UTC, Asia/Shanghai"),
    ("DJANGO_TIME_ZONE", "asia/shanghai", "did you mean Asia/Shanghai?"),
    ("DJANGO_TIME_ZONE", "UTC+8", "an IANA time zone"),
    ("DJANGO_TIME_ZONE", "CST", "an IANA time zone"),
    ("DJANGO_TIME_ZONE", "Asia", "an IANA time zone"),
    ("DJANGO_TIME_ZONE", "/etc/localtime", "an IANA time zone"),
    ("DJANGO_TIME_ZONE", "../../etc/passwd", "an IANA time zone"),
    ("DJANGO_TIME_ZONE", "right/Asia/Shanghai", "an IANA time zone"),
    ("DJANGO_TIME_ZONE", "上海", "an IANA time zone"),
    ("DJANGO_TIME_ZONE", "x" * 5000, "an IANA time zone"),
    ("DJANGO_TIME_ZONE", "", "is empty"),
    ("SITE_NAME", "x" * 61, "one line of 1 to 60 characters"),
    ("SITE_NAME", "  ", "one line of 1 to 60 characters"),
    ("SITE_NAME", "a\nb", "one line of 1 to 60 characters"),
    ("SITE_TAGLINE", "x" * 201, "one line of 1 to 200 characters"),
    *(
        ("SITE_LINKS", links, "LABEL=ADDRESS; en:LABEL=ADDRESS")
        for links in (
            "Imprint",
            "=/x/",
            "en:=/x/",
            "x=//evil.example/",
            "x=javascript:alert(1)",
            "a=/x/; b",
            "x=ftp://h/",
            "x=https:///path",
            "y" * 102 + "=/x/",
        )
    ),
    ("DJANGO_TRUSTED_PROXIES", "10.0.0.0/99", "addresses, networks or unix"),
    ("DATABASE_URL", "postgres://u:secret@h/n", "mysql://"),
    ("DATABASE_URL", "mysql://u:secret@h:port/n", "mysql://"),
    ("DATABASE_URL", "mysql://u:secret@h:3306/", "mysql://"),
    ("DATABASE_URL", "mysql://u:secret@h/n?sslmode=x", "not sslmode"),
    ("DATABASE_URL", "mysql://u:secret@h/n?ssl_mode=required", "REQUIRED, VERIFY_CA"),
    ("DATABASE_URL", "", "is empty"),
    ("DATABASE_URL", "mysql://u:secret/1@h:3306/n", "percent-encode @ : / ? # %"),
    ("DATABASE_URL", "mysql://u:12/secret@h:3306/n", "percent-encode"),
    ("DATABASE_URL", "mysql://u:12?secret@h:3306/n", "percent-encode"),
    ("DATABASE_URL", "mysql://u:12/3?secret@h:3306/n", "percent-encode"),
    ("DATABASE_URL", "mysql://u:12/3#secret@h:3306/n", "percent-encode"),
    ("DATABASE_URL", "sqlite:////srv/secret#1", "percent-encode"),
    ("DATABASE_URL", "mysql://u:secret@h/n?ssl_ca=", "a value for ssl_ca"),
    ("DATABASE_URL", "mysql://u:secret@h/n?ssl_ca=/no/ca.pem", "as ssl_ca, not '/no/ca.pem'"),
    ("DATABASE_URL", f"mysql://u:secret@h/n?ssl_cert={__file__}", "ssl_cert and ssl_key together"),
    ("DATABASE_URL", f"mysql://u:secret@h/n?ssl_key={__file__}", "ssl_cert and ssl_key together"),
    ("DATABASE_URL", "mysql://u:secret@h/n?ssl_key=/tmp&ssl_cert=/tmp", "as ssl_key, not '/tmp'"),
    *(
        ("DATABASE_URL", url, "mysql://user:password@host")
        for url in (
            '"mysql://u:secret@h/n"',
            "'mysql://u:secret@h/n'",
            "//u:secret@h/n",
            "u:secret@h/n",
            "my_sql://u:secret@h/n",
            "mysql:u:secret@h/n",
            "://u:secret@h/n",
            "sqlite://u:secret@h/srv/db",
            "sqlite://secret/db",
            "sqlite:///:memory:",
            "mysql://u:secret%ff%fe@h/n",
            "mysql://u:secret@h/n%ff",
            "mysql://u:sec\tret@h/n",
        )
    ),
    ("REDIS_URL", '"redis://u:secret@h"', "redis://"),
    ("CACHE_URL", "//u:secret@h", "redis://"),
    ("SESSION_REDIS_URL", "re_dis://u:secret@h", "redis://"),
    ("REDIS_URL", "redis://u:secret%ff%fe@h", "percent-encode"),
    *(
        ("DATABASE_URL", f"mysql://u:secret@h/n?{word}=1", f"not {word}")
        for word in ("conn_max_age", "CONN_MAX_AGE", "autocommit", "atomic_requests", "engine")
    ),
    *(
        (
            "DATABASE_URL",
            f"mysql://u:secret@h/n?ssl_mode=DISABLED&ssl_{file}={__file__}",
            f"ssl_mode=DISABLED without ssl_{file}",
        )
        for file in ("ca", "cert", "key")
    ),
    ("DATABASE_URL", "mysql://u:secret@h/n?ssl_mode=REQUIRED&ssl_mode=", "ssl_mode once"),
    (
        "DATABASE_URL",
        "mysql://u:secret@h/n?connect_timeout=2&connect_timeout=9",
        "connect_timeout once behind ?",
    ),
    ("DATABASE_URL", "sqlite:////srv/db?timeout=3", "without options, not ?timeout"),
    ("DATABASE_URL", "sqlite:////srv/db?ssl_mode=REQUIRED", "without options, not ?ssl_mode"),
    ("RUN_DIR", "run", "an absolute path, such as /run/inkpool"),
    ("MEDIA_STORAGE", "media", "an absolute path"),
    ("MEDIA_STORAGE", "s3:key:secret@bucket", "an absolute path, or s3://key:"),
    ("MEDIA_STORAGE", "gs://key:secret@bucket", "an absolute path, or s3://key:"),
    ("MEDIA_STORAGE", "s3://key:secret/1@bucket", "percent-encode"),
    ("MEDIA_STORAGE", "s3://key:secret@bucket:9000/", "an absolute path, or s3://key:"),
    ("MEDIA_STORAGE", "s3://key@bucket", "a key with its password"),
    ("MEDIA_STORAGE", "s3://bucket?acl=public", "endpoint=https://… and region=…"),
    ("MEDIA_STORAGE", "s3://bucket?region=a&region=b", "region once behind ?"),
    ("MEDIA_STORAGE", "s3://bucket?endpoint=localhost:9000", "an endpoint such as https://"),
    ("MEDIA_ACCEL", "protected", "begins and ends with a slash, such as /protected-media/"),
    ("MEDIA_ACCEL", "/a/../b/", "begins and ends with a slash"),
    ("MEDIA_QUOTA", "500", "a size of at least 1 MB, such as 500 MB or 2 GB"),
    ("MEDIA_QUOTA", "1 kB", "at least 1 MB"),
    ("RUN_DIR", "../run", "an absolute path"),
    ("RUN_DIR", "~/run", "an absolute path"),
    *(
        ("DATABASE_URL", f"mysql://u:secret@h/n?connect_timeout={wrong}", "whole seconds from 1")
        for wrong in ("0", "-1", "2.5", "5s", "99999")
    ),
    ("REDIS_URL", "localhost:6379", "redis://"),
    ("REDIS_URL", "redis://", "redis://"),
    ("REDIS_URL", "redis://h:99999", "redis://"),
    ("REDIS_URL", "redis://:secret/1@h", "percent-encode"),
    ("REDIS_URL", "redis://u:12/secret@h:6379/0", "percent-encode"),
    ("REDIS_URL", "redis://u:12?secret@h:6379/0", "percent-encode"),
    ("CACHE_URL", "rediss://u:12#secret@h:6379/0", "percent-encode"),
    ("REDIS_URL", "", "is empty"),
    ("CACHE_URL", "memcache://h", "redis://"),
    ("SESSION_REDIS_URL", "http://h", "redis://"),
    ("DB_POOL_MAX_CONNECTIONS", "0", "from 1"),
    ("DB_POOL_MAX_CONNECTIONS", "-1", "from 1"),
    ("DB_POOL_MAX_CONNECTIONS", "six", "a whole number"),
    ("DB_POOL_MAX_CONNECTIONS", "６", "a whole number"),
    ("DB_POOL_MIN_CACHED", "7", "from 0 to 6"),
    ("DB_POOL_MAX_CACHED", "7", "from 2 to 6"),
    ("DB_POOL_MAX_CACHED", "1", "from 2 to 6"),
    ("DB_POOL_BLOCKING", "wait", "true or false"),
    ("DB_POOL_TIMEOUT", "5 s", "90, 15m, 12h, 31d"),
    ("DB_POOL_TIMEOUT", "0", "1 s"),
    ("DB_POOL_TIMEOUT", "400d", "1 s to 1h"),
    ("DB_POOL_MAX_USAGE", "none", "a whole number"),
    ("DB_POOL_PING", "7", "idle or checkout or never"),
    ("DB_POOL_RECYCLE", "1y", "90, 15m, 12h, 31d"),
    ("DB_POOL_RELEASE", "query", "request or transaction"),
    ("DB_POOL_LEAK_AFTER", "-3", "90, 15m, 12h, 31d"),
    ("SITE_HOSTS", "0", "from 1"),
    ("SITE_HOSTS", "two", "a whole number"),
    ("DB_POOL_MAXCONNECTIONS", "6", "did you mean DB_POOL_MAX_CONNECTIONS"),
    ("SESSION_USE_SIGNER", "si", "true or false"),
    ("SESSION_PERMANENT", "si", "true or false"),
    ("SESSION_ID_LENGTH", "8", "from 16 to 128"),
    ("SESSION_KEY_PREFIX", "cache:1:", "outside cache:"),
    ("SESSION_LIFETIME", "month", "90, 15m, 12h, 31d"),
    ("SESSION_ABSOLUTE_LIFETIME", "9999d", "3650d"),
    ("SESSION_REAUTH_AFTER", "", "is empty"),
    ("LOGIN_USERNAME_MIN_LENGTH", "0", "from 1"),
    ("LOGIN_USERNAME_MAX_LENGTH", "5", "from 6"),
    ("LOGIN_PASSWORD_REGEXP", "(", "a regular expression"),
    ("LOGIN_PASSWORD_POLICY", "strict", "notes or length"),
    ("LOGIN_PASSWORD_MIN_LENGTH", "7", "from 8 to 64"),
    ("LOGIN_LEAKED_PASSWORDS", "hashes.txt", "an absolute path, such as /"),
    ("REGISTRATION", "true", "closed or invitation or open"),
    ("REGISTRATION_OPEN", "true", "give REGISTRATION=open"),
    ("EMAIL_URL", "mail.example.org:587", "smtp://"),
    ("EMAIL_URL", "smtp://u:secret/1@mail.example.org", "percent-encode"),
    ("EMAIL_URL", "smtp://u:secret@mail.example.org/?tls=off", "without path and options"),
    ("EMAIL_URL", "smtp://u:secret@mail.example.org", "DJANGO_DEFAULT_FROM_EMAIL"),
    ("DJANGO_DEFAULT_FROM_EMAIL", "Inkpool", "Inkpool <noreply@example.org>"),
    ("PAGE_CACHE", "auto", "on or off"),
    ("PAGE_CACHE_STALE", "8d", "0 s to 7d"),
    ("PAGE_CACHE_STALE", "never", "0 s to 7d"),
    ("FLASK_BRIDGE", "on", "off or redis or cookie"),
    ("FLASK_BRIDGE_SIGNER", "si", "true or false"),
    ("FLASK_BRIDGE_SERIALIZER", "pickle", "msgpack or json"),
    ("FLASK_BRIDGE_SALT", "", "is empty"),
    ("FLASK_BRIDGE_KEY_PREFIX", "", "is empty"),
    ("FLASK_BRIDGE_KEY_PREFIX", "cache:1:", "outside cache:"),
    ("FLASK_BRIDGE_COOKIE", "a b", "the name of a cookie"),
    ("FLASK_BRIDGE_COOKIE", "messages", "that this site does not use itself"),
    ("FLASK_BRIDGE_USER_MAP", "source", "source=NAME key=_user_id field=id"),
    ("FLASK_BRIDGE_USER_MAP", "source=a role=b", "source=NAME key=_user_id field=id"),
    ("FLASK_BRIDGE_COOKIE", "__Host-device", "that this site does not use itself"),
    ("FLASK_BRIDGE_USER_MAP", "source=a source=b", "source=NAME key=_user_id field=id"),
    ("FLASK_BRIDGE_USER_MAP", "source=a field=pk", "field=id or field=username"),
    ("FLASK_BRIDGE_SERIALISER", "json", "did you mean FLASK_BRIDGE_SERIALIZER"),
    ("DJANGO_LOG_LEVEL", "LOUD", "DEBUG or INFO"),
    ("DJANGO_LOG_FORMAT", "xml", "console or json"),
]


@pytest.mark.parametrize(("name", "value", "allowed"), WRONG)
def test_a_wrong_value_names_its_variable_and_what_is_allowed(name, value, allowed):
    code, output = load(**{name: value})
    last_line = output.splitlines()[-1]
    assert code == 1
    assert name in last_line
    assert allowed in last_line
    assert "secret" not in output
    assert "Warning" not in output


def test_mails_need_the_names_of_the_hosts_that_they_link_to():
    mail = {"EMAIL_URL": "smtp://localhost", "DJANGO_DEFAULT_FROM_EMAIL": "a@example.org"}
    code, output = load(DJANGO_ALLOWED_HOSTS="inkpool.example,*", **mail)
    assert (code, "give the names of this site's hosts" in output) == (1, True)
    assert load(DJANGO_ALLOWED_HOSTS="*")[0] == load(DJANGO_ALLOWED_HOSTS=".a.org", **mail)[0] == 0


@pytest.mark.parametrize("value", ["localtime", "Factory", "posixrules"])
def test_suggested_time_zone_is_one_that_is_allowed(value):
    code, output = load(DJANGO_TIME_ZONE=value)
    last_line = output.splitlines()[-1]
    assert (code, "an IANA time zone" in last_line) == (1, True)
    assert f"mean {value}" not in last_line


def test_a_default_that_no_longer_fits_is_called_one():
    _, output = load(LOGIN_USERNAME_MIN_LENGTH="20")
    assert "LOGIN_USERNAME_MAX_LENGTH: its default, '18', is not allowed" in output


def test_the_secret_key_is_required():
    code, output = load(DJANGO_SECRET_KEY="")
    assert (code, "DJANGO_SECRET_KEY is empty" in output) == (1, True)


def test_manage_alone_sets_development_defaults(tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "RUN_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_wsgi_without_a_key_refuses_and_names_the_variable():
    code = "import core.wsgi"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )
    assert done.returncode == BOOT_ERROR
    assert done.stderr == "DJANGO_SECRET_KEY is not set, and it has no default.\n"


def test_manage_says_a_wrong_value_in_one_line():
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DJANGO_DEBUG": "maybe"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("DJANGO_DEBUG: 'maybe' is not allowed")
