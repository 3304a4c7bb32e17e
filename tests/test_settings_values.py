"""The values that settings have for allowed variables, and secrets in files."""

import ast
import os
import subprocess
import sys
from urllib.parse import quote

import pytest

from core import database_url
from tests.certificates import Authority
from tests.own_apps import OWN_APPS
from tests.test_settings import KEY, ROOT, load


def test_secret_may_be_in_a_file(tmp_path):
    (tmp_path / "url").write_text("redis://h:6379/1\n")
    assert load("s.CACHES['default']['LOCATION']", REDIS_URL_FILE=str(tmp_path / "url")) == (
        0,
        "redis://h:6379/1",
    )


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_refused_url_in_a_file_is_not_shown(tmp_path, name):
    (tmp_path / "url").write_text('"mysql://u:secret@h/n"')
    code, output = load(**{f"{name}_FILE": str(tmp_path / "url")})
    assert code == 1
    assert output.splitlines()[-1].split()[1].startswith(f"{name}:")
    assert "secret" not in output


def test_secret_file_that_cannot_be_read_is_named(tmp_path):
    code, output = load(METRICS_KEY_FILE=str(tmp_path / "none"))
    assert code == 1
    assert "METRICS_KEY_FILE: cannot read" in output


def test_secret_in_variable_and_file_is_refused(tmp_path):
    code, output = load(DJANGO_SECRET_KEY_FILE=str(tmp_path / "key"))
    assert code == 1
    assert "DJANGO_SECRET_KEY and DJANGO_SECRET_KEY_FILE are both set" in output


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("15m", 900), ("12h", 43200), ("31d", 2678400)]
)
def test_durations(text, seconds):
    assert load("s.SESSION_COOKIE_AGE", SESSION_LIFETIME=text) == (0, str(seconds))


def test_links_of_the_footer():
    links = "京ICP备1号 = https://beian.miit.gov.cn/; en:Imprint=/pages/imprint/?a=b"
    found = [
        ("京ICP备1号", "https://beian.miit.gov.cn/", ""),
        ("Imprint", "/pages/imprint/?a=b", "en"),
    ]
    assert load("[tuple(each) for each in s.INKPOOL_SITE_LINKS]", SITE_LINKS=links) == (
        0,
        str(found),
    )


def test_link_whose_address_ends_with_about_replaces_the_page():
    links = "About=/about/; en:About us=/pages/about/"
    assert load("s.INKPOOL_OWN_ABOUT", SITE_LINKS=links) == (0, "/pages/about/")


def test_media_folder_is_in_the_project_by_default():
    assert load("s.MEDIA_ROOT, s.INKPOOL_MEDIA_ACCEL") == (0, repr((ROOT / "media", "")))
    assert load("s.MEDIA_ROOT", MEDIA_STORAGE="/srv/media") == (0, "/srv/media")


def test_media_storage_may_be_a_bucket():
    url = "s3://key:p%2Fw@pictures/a/b?endpoint=http://127.0.0.1:9000&region=eu-1"
    found = load("s.STORAGES['default']['OPTIONS']", MEDIA_STORAGE=url)[1]
    assert ast.literal_eval(found) == {
        "bucket_name": "pictures",
        "location": "a/b",
        "access_key": "key",
        "secret_key": "p/w",
        "endpoint_url": "http://127.0.0.1:9000",
        "region_name": "eu-1",
    }
    code, output = load("s.MEDIA_ROOT", MEDIA_STORAGE=url, MEDIA_ACCEL="/protected-media/")
    assert code == 1 and "MEDIA_ACCEL" in output and "names a bucket" in output


@pytest.mark.parametrize(
    ("text", "size"), [("500 MB", 500 * 1024**2), ("2GB", 2 * 1024**3), ("1024 kB", 1024**2)]
)
def test_sizes(text, size):
    assert load("s.INKPOOL_MEDIA_QUOTA", MEDIA_QUOTA=text) == (0, str(size))


HSTS = "s.SECURE_HSTS_SECONDS, s.SECURE_HSTS_INCLUDE_SUBDOMAINS, s.SECURE_HSTS_PRELOAD"
YEAR = {"DJANGO_HSTS_SECONDS": "365d", "DJANGO_HSTS_SUBDOMAINS": "true"}


@pytest.mark.parametrize(
    ("variables", "policy"),
    [
        ({}, (3600, False, False)),
        ({"DJANGO_HSTS_SECONDS": "0"}, (0, False, False)),
        ({"DJANGO_HTTPS": "false"}, (0, False, False)),
        ({**YEAR, "DJANGO_HSTS_PRELOAD": "true"}, (365 * 86400, True, True)),
    ],
)
def test_hsts_settings_follow_their_variables(variables, policy):
    assert load(HSTS, **variables) == (0, str(policy))


@pytest.mark.parametrize("missing", ["DJANGO_HSTS_SECONDS", "DJANGO_HSTS_SUBDOMAINS"])
def test_preload_is_refused_without_a_year_and_subdomains(missing):
    variables = {**YEAR, "DJANGO_HSTS_PRELOAD": "true"}
    del variables[missing]
    code, output = load(**variables)
    assert code == 1
    assert "DJANGO_HSTS_PRELOAD: 'true' is not allowed" in output


@pytest.mark.parametrize("origin", ["https://www.example.org:8443", "http://[::1]:8000"])
def test_trusted_origins_may_have_a_port(origin):
    assert load(
        "s.CSRF_TRUSTED_ORIGINS", DJANGO_CSRF_TRUSTED_ORIGINS=f"https://*.a.org,{origin}"
    ) == (
        0,
        str(["https://*.a.org", origin]),
    )


def test_defaults_need_no_server():
    engine, cache = "s.database['ENGINE']", "s.CACHES['default']['BACKEND']"
    _, output = load(f"{engine}, {cache}, s.SESSION_ENGINE")
    assert "core.sqlite" in output
    assert "locmem" in output
    assert "core.sessions.database" in output


def test_a_mysql_url_switches_to_the_pool():
    url = "mysql://user:p%40ss@db.example:3307/ink?ssl_mode=REQUIRED"
    _, output = load(
        "[s.database[k] for k in ('ENGINE', 'USER', 'PASSWORD', 'HOST', 'PORT', 'NAME')],"
        " s.database['OPTIONS']['charset'], s.database['OPTIONS']['ssl_mode'],"
        " s.database['POOL_OPTIONS']['MAX_CONNECTIONS']",
        DATABASE_URL=url,
        DB_POOL_MAX_CONNECTIONS="9",
    )
    wanted = ["core.mysql_pool", "user", "p@ss", "db.example", 3307, "ink"]
    assert output == str((wanted, "utf8mb4", "REQUIRED", 9))


@pytest.mark.parametrize("path", ["/srv/a+b.sqlite3", "/srv/a%2Bb.sqlite3"])
def test_plus_in_a_sqlite_path_stays_a_plus(path):
    told = load("s.database['NAME']", DATABASE_URL=f"sqlite:///{path}")
    assert told == (0, "/srv/a+b.sqlite3")


STRANGE = "@:/?#%+ é"


@pytest.mark.parametrize("password", [STRANGE, "12/34", "a#b", "%41"])
def test_every_character_of_a_password_can_be_percent_encoded(password):
    url = f"mysql://u:{quote(password, safe='')}@h:3306/n?connect_timeout=9"
    told = "s.database['PASSWORD'], s.database['HOST'], s.database['OPTIONS']['connect_timeout']"
    assert load(told, DATABASE_URL=url) == (0, str((password, "h", 9)))


def test_characters_that_cannot_be_mistaken_need_no_encoding():
    told = "s.database['PASSWORD'], s.database['HOST'], s.database['OPTIONS']['connect_timeout']"
    for password in ("a@b", "a:b", "12#34", "50%"):
        url = f"mysql://u:{password}@h:3306/n?connect_timeout=9"
        assert load(told, DATABASE_URL=url) == (0, str((password, "h", 9)))


def test_driver_accepts_each_option_of_a_mysql_url(tmp_path):
    driver = pytest.importorskip("MySQLdb")
    signed = Authority(tmp_path)
    told = {"unix_socket": "/no.sock", "ssl_mode": "REQUIRED", "connect_timeout": "2"}
    told |= {"ssl_ca": str(signed.certificate), "ssl_cert": str(signed.certificate)}
    told |= {"ssl_key": str(signed.key)}
    assert told.keys() == database_url.OPTIONS
    with pytest.raises(driver.OperationalError, match="2002"):
        driver.connect(**database_url.driver_options("DATABASE_URL", told))


def test_cache_and_sessions_have_their_own_key_space():
    _, output = load(
        "s.CACHES['default']['KEY_PREFIX'], s.CACHES['sessions']['KEY_PREFIX'],"
        " s.CACHES['sessions']['LOCATION']",
        REDIS_URL="redis://h/0",
        SESSION_REDIS_URL="redis://h/1",
    )
    assert output == str(("cache", "session:", "redis://h/1"))


def test_importing_settings_alone_loads_no_app():
    code = (
        "import sys; import core.settings;"
        f"print(sorted(m for m in sys.modules if m.split('.')[0] in {OWN_APPS}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **KEY},
        capture_output=True,
        text=True,
    )
    names = ["", ".bucket_url", ".database_url", ".env", ".mail_url", ".settings"]
    assert done.stdout.strip() == str([f"core{name}" for name in names])


LOUDNESS = """
import logging
import django
django.setup()
levels = dict(CRITICAL=50, ERROR=40, WARNING=30, INFO=20, DEBUG=10)
for name in ("django", "django.request", "django.server", "django.db.backends", "core.g", "x"):
    logger = logging.getLogger(name)
    print(name, *(word for word, level in levels.items() if logger.isEnabledFor(level)))
"""


@pytest.mark.parametrize(
    ("level", "heard"),
    [
        ("CRITICAL", "CRITICAL"),
        ("WARNING", "CRITICAL ERROR WARNING"),
        ("DEBUG", "CRITICAL ERROR WARNING INFO DEBUG"),
    ],
)
def test_log_level_holds_for_django_too(level, heard):
    done = subprocess.run(
        [sys.executable, "-c", LOUDNESS],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "core.settings",
            "DJANGO_LOG_LEVEL": level,
            **KEY,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 6
    assert {line.partition(" ")[2] for line in lines} == {heard}


BRIDGE = {"REDIS_URL": "redis://h", "FLASK_BRIDGE_USER_MAP": "source=flask key=user"}


def test_flask_bridge_is_off_by_default():
    values = "s.INKPOOL_FLASK_BRIDGE, s.INKPOOL_FLASK_COOKIE"
    assert load(values) == (0, str(("off", None)))


def test_flask_bridge_takes_the_values_of_flask(tmp_path):
    (tmp_path / "key").write_text("of-flask\n")
    values = "s.INKPOOL_FLASK_COOKIE, s.INKPOOL_FLASK_BRIDGE_SALT, s.INKPOOL_FLASK_BRIDGE_USER_MAP"
    given = {"source": "flask", "key": "user", "field": "id"}
    assert load(values, FLASK_BRIDGE="redis", **BRIDGE) == (
        0,
        str(("session", "flask-session", given)),
    )
    key = {"FLASK_BRIDGE_SECRET_KEY_FILE": str(tmp_path / "key")}
    values = "s.INKPOOL_FLASK_BRIDGE_SECRET_KEY, s.INKPOOL_FLASK_BRIDGE_SALT"
    assert load(values, FLASK_BRIDGE="cookie", **BRIDGE, **key) == (
        0,
        str(("of-flask", "cookie-session")),
    )


@pytest.mark.parametrize(
    ("variables", "missing"),
    [
        ({"FLASK_BRIDGE": "redis", "REDIS_URL": None}, "REDIS_URL is not set; FLASK_BRIDGE=redis"),
        ({"FLASK_BRIDGE": "cookie"}, "FLASK_BRIDGE_SECRET_KEY is not set"),
        ({"FLASK_BRIDGE": "redis", "FLASK_BRIDGE_SIGNER": "1"}, "FLASK_BRIDGE_SECRET_KEY is not"),
        ({"FLASK_BRIDGE": "redis", "FLASK_BRIDGE_USER_MAP": None}, "source=NAME, the source of"),
        ({"FLASK_BRIDGE": "redis", "FLASK_BRIDGE_USER_MAP": "key=user"}, "source=NAME, the source"),
    ],
)
def test_flask_bridge_names_the_variable_that_it_lacks(variables, missing):
    given = {name: value for name, value in (BRIDGE | variables).items() if value}
    code, output = load(**given)
    assert code == 1
    assert missing in output.splitlines()[-1]
