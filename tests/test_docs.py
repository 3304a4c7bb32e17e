"""README and docs name what exists: commands, targets, variables, files, the version."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in PAGES}
ALL = "\n".join(TEXTS.values())
SERVERS_OWN = {"GRANIAN_WORKERS", "GRANIAN_BLOCKING_THREADS", "WEB_CONCURRENCY"}
DJANGOS_OWN = {"SESSION_SAVE_EVERY_REQUEST", "SESSION_ENGINE"}
FLASKS_OWN = {
    "SESSION_CACHELIB",
    "SESSION_CLEANUP_N_REQUESTS",
    "SESSION_COOKIE_HTTPONLY",
    "SESSION_COOKIE_NAME",
    "SESSION_DYNAMODB",
    "SESSION_FILE_DIR",
    "SESSION_MEMCACHED",
    "SESSION_MONGODB",
    "SESSION_REDIS",
    "SESSION_REFRESH_EACH_REQUEST",
    "SESSION_SERIALIZATION_FORMAT",
    "SESSION_SQLALCHEMY",
    "SESSION_TYPE",
}


def variables_read() -> set[str]:
    code = "from core import env, settings; print(*env.read)"
    environment = {"DJANGO_SECRET_KEY": "k"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    return set(done.stdout.split())


def test_the_documented_variables_are_those_that_are_read():
    table = re.findall(r"^\| (`[A-Z_`, ]+`) \|", TEXTS["docs/configuration.md"], re.M)
    documented = {name for cell in table for name in re.findall(r"[A-Z_]+", cell)}
    assert documented == variables_read()


def test_each_variable_named_anywhere_exists():
    named = set(re.findall(r"\b(?:DJANGO|DB_POOL|SESSION|LOGIN|GRANIAN)_[A-Z_]*[A-Z]\b", ALL))
    known = variables_read() | SERVERS_OWN | DJANGOS_OWN | FLASKS_OWN
    assert {name.removesuffix("_FILE") for name in named} <= known


def test_each_command_named_exists():
    named = set(re.findall(r"manage\.py ([a-z_]+)", ALL))
    assert named
    assert named <= set(get_commands())


def test_each_own_command_is_documented():
    own = {name for name, app in get_commands().items() if app in {"core", "articles", "accounts"}}
    assert own <= set(re.findall(r"[a-z_]+", ALL))


def test_each_make_target_named_exists():
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.M))
    named = set(re.findall(r"`?make ([a-z]+)`", ALL))
    assert named
    assert named <= targets


@pytest.mark.parametrize("page", TEXTS)
def test_each_link_leads_to_a_file(page):
    links = re.findall(r"\]\(([^)#:]+)\)", TEXTS[page])
    folder = (ROOT / page).parent
    assert [link for link in links if not (folder / link).exists()] == []


FOLDERS = "core|articles|accounts|templates|tests|docs|benchmarks|requirements"


def test_each_file_named_anywhere_exists():
    named = set(re.findall(rf"`((?:{FOLDERS})/[\w./-]*)`", ALL))
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_changelog_opens_with_a_dated_version():
    versions = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d{2}-\d{2}", versions[0])
