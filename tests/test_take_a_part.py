"""Parts of core in another project: the pages docs/take-the-….md, followed to the letter."""

from pathlib import Path

import pytest

from deploy.private_servers import redis, short_folder
from tests.own_project import Project, lines_of, needed

# Half of what each brought on 2026-11-28: 3,216 lines in 37 files, and 4,469 in 49.
MOST_LINES = {"core.sessions": 1608, "core.caching": 2234}
VISIT = """
from django.test import Client
client = Client(headers={"host": "localhost"})
print(*[client.get("/visits/").content.decode() for _ in range(3)])
"""
OUTAGE = """
from django.test import Client
from django.conf import settings
client = Client(headers={"host": "localhost"})
client.cookies[settings.SESSION_COOKIE_NAME] = KEY
answer = client.get("/visits/")
print(answer.status_code, answer["Retry-After"], len(answer.cookies))
"""
NEW_KEY = """
from core.sessions.redis import SessionStore
session = SessionStore()
session["visits"] = 1
session.save()
print(session.session_key)
"""
CALLS = """
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from shop import urls
client = Client(headers={"host": "localhost"})
print(*[client.get("/prices/")["Cache-Status"] for _ in range(2)], sep=", ")
print(list(urls.calls), urls.delete_memoized(urls.price, 1), urls.price(1), urls.calls)
print(urls.groups(), end=" ")
with transaction.atomic():
    Group.objects.create(name="editors")
    print(urls.groups(), end=" ")
print(urls.groups())
"""


@pytest.mark.parametrize("part", MOST_LINES)
def test_part_brings_at_most_half_of_the_lines_it_brought_before(part: str) -> None:
    assert lines_of(needed(part)) <= MOST_LINES[part]


@pytest.fixture
def sessions(tmp_path: Path) -> Project:
    project = Project(tmp_path, "take-the-sessions.md")
    project.follow()
    return project


def test_sessions_work_in_another_project(sessions: Project) -> None:
    assert sessions.copied() == needed("core.sessions")
    assert sessions.run(VISIT) == "1 2 3\n"
    with short_folder() as folder:
        settings = sessions.folder / "shop" / "redis_settings.py"
        url = f"unix://{folder / 'redis.sock'}"
        settings.write_text(settings.read_text().replace("redis://127.0.0.1:6379/0", url))
        with redis(folder / "redis.sock"):
            assert sessions.run(VISIT, "shop.redis_settings") == "1 2 3\n"
            key = sessions.run(NEW_KEY, "shop.redis_settings").strip()
        away = sessions.run(f"KEY = {key!r}\n{OUTAGE}", "shop.redis_settings")
    assert away == "503 5 0\n"


def test_check_names_each_setting_that_another_project_lacks(sessions: Project) -> None:
    settings = sessions.folder / "shop" / "settings.py"
    settings.write_text(f'{settings.read_text()}\nMIDDLEWARE, SESSION_ENGINE = [], "elsewhere"\n')
    program = "from core.sessions.checks import check_needs as each\nprint(*each(), sep='\\n')"
    told = sessions.run(program)
    assert "core.E012" in told and "HINT" in told
    assert "MIDDLEWARE" in told and "it is 'elsewhere'" in told


def test_check_names_the_table_that_was_not_made(sessions: Project) -> None:
    sessions.do(["python", "manage.py", "migrate", "sessions", "zero", "--verbosity", "0"])
    assert "core.W012" in sessions.checked("--database default")


def test_cached_functions_work_in_another_project(tmp_path: Path) -> None:
    project = Project(tmp_path, "take-the-caching.md")
    project.follow()
    assert project.copied() == needed("core.caching")
    project.do(["python", "manage.py", "migrate", "--verbosity", "0"])
    pages, prices, groups = project.run(CALLS).splitlines()
    assert [status.split("; ")[1] for status in pages.split(", ")] == ["fwd=miss", "hit"]
    assert prices == ("['page', 1, 2] True {'number': 1, 'cents': 100} ['page', 1, 2, 1]")
    assert groups == "[] ['editors'] ['editors']"


def test_check_names_a_function_with_subjects_in_another_project(tmp_path: Path) -> None:
    project = Project(tmp_path, "take-the-caching.md")
    project.follow()
    program = (
        "from core.caching import memoize\nfrom core.caching.checks import check_needs\n"
        "ask = memoize(subjects=['shop'])(len)\nprint(*check_needs())"
    )
    assert "core.E013" in project.run(program)


def test_missing_cache_is_named_in_another_project(tmp_path: Path) -> None:
    project = Project(tmp_path, "take-the-caching.md")
    project.follow()
    dummy = '{"BACKEND": "django.core.cache.backends.dummy.DummyCache"}'
    project.add("shop/settings.py", f'CACHES = {{"other": {dummy}}}\n')
    assert "caches.E001" in project.checked()
