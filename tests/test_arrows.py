"""The import arrows: articles → core ← accounts, and core.settings on the standard library."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FORBIDDEN = {
    "core": {"articles", "accounts", "tests"},
    "articles": {"accounts", "tests"},
    "accounts": {"articles", "tests"},
}
SETTINGS_MAY = {"environ", "core"} | set(sys.stdlib_module_names)


def imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} is a relative import"
            yield node.lineno, node.module or ""


@pytest.mark.parametrize("package", FORBIDDEN)
def test_no_import_against_the_arrows(package):
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for path in (ROOT / package).rglob("*.py")
        for line, module in imports(path)
        if module.partition(".")[0] in FORBIDDEN[package]
    ]
    assert wrong == []


@pytest.mark.parametrize("name", ["settings", "env"])
def test_settings_import_the_standard_library_and_environ_only(name):
    modules = {module for _, module in imports(ROOT / "core" / f"{name}.py")}
    assert {module.partition(".")[0] for module in modules} <= SETTINGS_MAY
    assert {module for module in modules if module.startswith("core")} <= {"core"}


def test_nobody_but_settings_reads_the_environment():
    readers = [
        str(path.relative_to(ROOT))
        for package in FORBIDDEN
        for path in (ROOT / package).rglob("*.py")
        if any(word in path.read_text(encoding="utf-8") for word in ("os.environ", "os.getenv"))
    ]
    assert sorted(readers) == ["core/asgi.py", "core/wsgi.py"]  # they name the settings module


READERS = {"env.py", "database_url.py"}  # the second is the first's part for databases


def test_core_env_is_read_by_settings_only():
    users = [
        str(path.relative_to(ROOT))
        for package in FORBIDDEN
        for path in (ROOT / package).rglob("*.py")
        if path.name not in READERS
        and re.search(r"core\.(env|database_url)\b", path.read_text(encoding="utf-8"))
    ]
    assert users == []  # settings say `from core import env`
