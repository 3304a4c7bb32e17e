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

PYTEST = "python -m pytest -q -p no:cacheprovider"
MODEL = "\n\nclass Draft(models.Model):\n    text = models.TextField()\n"
COMMAND = (
    "from core.cli.base_command import SiteCommand\n\n\nclass Command(SiteCommand):\n    pass\n"
)
FAULTS = {  # file, what is added to it, the check, a word of its complaint
    "import": (
        *("notes/views.py", "\nfrom articles.models import Article\n"),
        *(f"{PYTEST} tests/test_arrows.py", "notes/views.py"),
    ),
    "map": (
        *("notes/views.py", "\nfrom core.markdown import render\n"),
        *(f"{PYTEST} tests/test_architecture.py", "markdown"),
    ),
    "undocumented_command": (
        *("notes/management/commands/forget_notes.py", COMMAND),
        *(f"{PYTEST} tests/test_docs.py", "forget_notes"),
    ),
    "command_without_lines": (
        *("notes/management/commands/forget_notes.py", COMMAND),
        *(f"{PYTEST} tests/test_commands.py", "forget_notes"),
    ),
    "translation": (
        *("notes/views.py", '\nTEXT = _("A text without translation")\n'),
        *(f"{PYTEST} tests/test_translations.py", "A text without translation"),
    ),
    "subject": ("notes/models.py", MODEL, f"{PYTEST} tests/core/test_subjects.py", "Draft"),
    "migration": (
        *("notes/models.py", MODEL),
        *("python manage.py makemigrations --check --dry-run", "Draft"),
    ),
    "type": (
        *("notes/views.py", "\n\ndef untyped(request):\n    return request\n"),
        *("DJANGO_SECRET_KEY=types-only python -m mypy .", "notes/views.py"),
    ),
}


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


@pytest.mark.soak
@pytest.mark.parametrize("fault", FAULTS)
def test_check_finds_a_fault_of_the_new_app(built: Path, fault: str) -> None:
    name, added, check, complaint = FAULTS[fault]
    path = built / name
    before = path.read_text(encoding="utf-8") if path.exists() else None
    path.write_text(f"{before or ''}{added}", encoding="utf-8")
    try:
        with pytest.raises(AssertionError, match=re.escape(complaint)):
            typed(check, built)
    finally:
        path.unlink() if before is None else path.write_text(before, encoding="utf-8")


@pytest.mark.soak
def test_coverage_lists_a_module_that_no_test_imports(built: Path) -> None:
    (built / "notes/unused.py").write_text("ANSWER = 42\n", encoding="utf-8")
    report = typed(f"{PYTEST} --cov --cov-report term tests/notes", built)
    (built / "notes/unused.py").unlink()
    assert re.search(r"^notes/unused\.py +1 +1 ", report, re.MULTILINE)


def pass_checks(folder: Path) -> None:
    for line in ("ruff check .", "ruff format --check .", "djlint --quiet --lint templates"):
        typed(f"python -m {line}", folder)
    typed("DJANGO_SECRET_KEY=types-only python -m mypy .", folder)
    typed(f"{PYTEST} {CHECKS}", folder)
