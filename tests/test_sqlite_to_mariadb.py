"""The move of docs/sqlite-to-mariadb.md, word for word: the pages are the same afterwards."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.private_servers import Services, services, short_folder
from deploy.processes import ROOT

pytestmark = pytest.mark.doors
PAGES = [ROOT / "docs" / "sqlite-to-mariadb.md", ROOT / "docs" / "zh-hans" / "sqlite-to-mariadb.md"]
DOCUMENTED = "mysql://inkpool:password@127.0.0.1:3306/inkpool"
PREPARE = """
from accounts.models import User
from articles.models import Article
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission
alice = User.objects.create_user("alice_writes", password="Reading&Writing2026$", pk=71)
editors = Group.objects.create(name="Editors 编辑")
editors.permissions.set(Permission.objects.filter(codename__endswith="_article"))
alice.groups.add(editors)
words = {"title": "😀 “Quoted”", "body": "**粗体** `code`", "status": "published"}
article = Article.objects.create(author=alice, pk=99, **words)
LogEntry.objects.log_actions(alice.pk, [article], CHANGE, "Changed.")
"""
LOOK = """
from django.test import Client
from accounts.models import User
from articles.models import Article
from django.contrib.admin.models import LogEntry
client, paths = Client(), ["/", "/article", "/tags/", "/archive/", "/feeds/atom/", "/sitemap.xml"]
paths += [article.get_absolute_url() for article in Article.objects.order_by("pk")]
for path in paths:
    answer = client.get(path, HTTP_HOST="localhost", HTTP_ACCEPT="text/html")
    print(path, answer.status_code, answer.content.decode())
alice = User.objects.get(username="alice_writes")
print(alice.pk, alice.check_password("Reading&Writing2026$"), sorted(alice.get_all_permissions()))
print([(entry.user_id, entry.get_edited_object()) for entry in LogEntry.objects.all()])
"""


def documented(page: Path) -> str:
    """The lines to type."""
    (found,) = re.findall(r"^```\n(.*?dumpdata.*?)^```$", page.read_text(), re.M | re.S)
    return found


@pytest.fixture
def servers() -> Iterator[Services]:
    with services() as running:
        yield running


def typed(lines: str, environment: dict[str, str]) -> str:
    """What a terminal shows that `python` leads into this environment from."""
    script = f'set -e\npython() {{ "{sys.executable}" "$@"; }}\n{lines}'
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def run(code: str, environment: dict[str, str]) -> str:
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_both_languages_have_the_same_lines():
    assert documented(PAGES[0]) == documented(PAGES[1])


def test_every_page_and_account_is_the_same_on_mariadb(servers: Services):
    with short_folder() as folder:
        before = {"PATH": os.environ["PATH"], "RUN_DIR": str(folder / "run")}
        before["DATABASE_URL"] = f"sqlite:///{folder / 'db.sqlite3'}"
        typed("python manage.py migrate -v0\npython manage.py seed_demo", before)
        run(PREPARE, before)
        url = servers.new_database()
        lines = documented(PAGES[0])
        assert DOCUMENTED in lines and "--output site.jsonl" in lines
        lines = lines.replace(DOCUMENTED, f"'{url}'").replace("site.jsonl", f"{folder}/site.jsonl")
        typed(lines, before)
        seen = run(LOOK, before)
        assert seen.count(" 200 ") >= 18
        assert "粗体" in seen and "71 True" in seen and "😀" in seen
        assert run(LOOK, before | {"DATABASE_URL": url}) == seen
