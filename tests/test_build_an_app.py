"""docs/build-an-app.md, carried out step by step, builds an app whose tests and checks pass."""

import json
import re
from pathlib import Path

import pytest

from tests.guide_steps import PAGES, Step, carry_out, checkout, steps, typed

pytestmark = pytest.mark.doors  # on a database of its own
ADDRESS = re.compile(r"`(/(?:notes|admin)/[\w/]*)`")
ASK = """
import json
from django.test import Client
client = Client(SERVER_NAME="localhost")
print(json.dumps({{path: client.get(path).status_code for path in {paths}}}))
"""
CHECKS = (
    "tests/test_arrows.py tests/test_architecture.py tests/test_translations.py tests/test_docs.py "
    "tests/test_docs_translations.py tests/test_docs_samples.py tests/test_commands.py "
    "tests/test_foreign_objects.py tests/test_patterns.py tests/test_html.py "
    "tests/core/cli tests/core/backends tests/core/test_subjects.py tests/core/admin"
)


def ask(folder: Path, paths: list[str]) -> dict[str, int]:
    """The status of each page for an anonymous visitor."""
    program = ASK.format(paths=json.dumps(paths))
    told = typed(f"python manage.py shell --no-imports --verbosity 0 --command '{program}'", folder)
    return json.loads(told)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = checkout(tmp_path_factory.mktemp("built") / "site")
    for step in steps(PAGES[0]):
        carry_out(step, folder)
    return folder


def test_steps_build_an_app_whose_tests_pass(built: Path) -> None:
    paths = sorted(set(ADDRESS.findall(PAGES[0].read_text(encoding="utf-8"))))
    members_only = {"/notes/mine/", "/admin/"}
    assert ask(built, paths) == {path: 302 if path in members_only else 200 for path in paths}
    assert "/notes/report/" in paths


def test_both_languages_have_the_same_steps() -> None:
    english, chinese = map(steps, PAGES)
    assert english == chinese != []


@pytest.mark.soak
def test_checks_of_the_site_pass_with_the_app_that_was_built(built: Path) -> None:
    pass_checks(built)
    typed("python manage.py makemigrations --check --dry-run", built)


@pytest.mark.soak
def test_checks_of_the_site_pass_with_a_new_app(tmp_path: Path) -> None:
    folder = checkout(tmp_path / "site")
    carry_out(Step("step", "", "python manage.py startapp visits_2\n"), folder)
    pass_checks(folder)
    typed("python -m pytest -q tests/visits_2", folder)


def pass_checks(folder: Path) -> None:
    for line in ("ruff check .", "ruff format --check .", "djlint --quiet --lint templates"):
        typed(f"python -m {line}", folder)
    typed("DJANGO_SECRET_KEY=types-only python -m mypy .", folder)
    typed(f"python -m pytest -q -p no:cacheprovider {CHECKS}", folder)
