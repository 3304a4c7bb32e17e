"""The arrows `articles → core ← accounts` and those of each further app, in imports and strings."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.urls import Resolver404, resolve

from deploy.processes import ROOT
from tests.own_apps import NOT_SERVED, OWN_APPS

APPS = set(OWN_APPS) - {"core"}
FIRST = {"accounts", "articles"}  # words that name nothing else in this project
TEMPLATES = ROOT / "templates"
ACTIONS = ("add", "change", "delete", "view")
FORBIDDEN = {
    "core": APPS | NOT_SERVED,
    **{app: APPS - {app} | NOT_SERVED for app in APPS},
    "deploy": {"tests", "benchmarks"},
    "manage.py": NOT_SERVED,
}
SETTINGS_MAY = {"environ", "core"} | set(sys.stdlib_module_names)
MAY_NAME_APPS = {"core/settings.py", "core/urls.py"}


def sources(package: str) -> Iterator[Path]:
    """The modules of a package, or the file of that name."""
    yield from [ROOT / package] if package.endswith(".py") else (ROOT / package).rglob("*.py")


def place(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} is a relative import"
            yield node.lineno, node.module or ""


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """The string literals of a module, its docstrings left out."""
    tree = tree_of(path)
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.lineno, node.value


def is_page_of(app: str, text: str) -> bool:
    """Whether `text` is the path of a page of the app; "/" alone is mostly a separator."""
    if not re.fullmatch(r"/[\w/.-]+", text):
        return False
    try:
        return resolve(text).func.__module__.partition(".")[0] == app
    except Resolver404:
        return False


def names(app: str, text: str) -> bool:
    """Whether `text` is, or has in it, a label, import path, permission, URL name, template, table
    or path of the app: accounts, accounts.devices, accounts:login, accounts_user, /login."""
    if app not in FIRST:  # its label may be a word that the site uses for something else
        return names_thing_of(app, text) or is_page_of(app, text)
    is_name = re.search(rf"\A{app}\Z|\b{app}[.:_/]\w", text)
    return bool(is_name) or is_page_of(app, text)


def names_thing_of(app: str, text: str) -> bool:
    return any(re.search(rf"\b{re.escape(thing)}\b", text) for thing in things_of(app))


@cache
def things_of(app: str) -> set[str]:
    """The modules, templates, URL names, models, permissions and tables that the app has."""
    models = list(apps.get_app_config(app).get_models(include_auto_created=True))
    return {
        *(".".join(path.relative_to(ROOT).with_suffix("").parts) for path in sources(app)),
        *(
            str(path.relative_to(ROOT / "templates"))
            for path in ROOT.glob(f"templates/{app}/**/*.*")
        ),
        *(f"{app}:{pattern.name}" for pattern in import_module(f"{app}.urls").urlpatterns),
        *(label for model in models for label in (model._meta.label, model._meta.label_lower)),
        *(f"{app}.{action}_{model._meta.model_name}" for model in models for action in ACTIONS),
        *(model._meta.db_table for model in models),
    }


def test_each_package_of_the_site_is_an_installed_app():
    assert set(OWN_APPS) <= {config.name for config in apps.get_app_configs()}


@pytest.mark.parametrize("package", FORBIDDEN)
def test_no_import_runs_against_the_arrows(package):
    wrong = [
        f"{place(path)}:{line} imports {module}"
        for path in sources(package)
        for line, module in imports(path)
        if module.partition(".")[0] in FORBIDDEN[package]
    ]
    assert wrong == []


@pytest.mark.parametrize("package", OWN_APPS)
def test_no_string_against_the_arrows(package):
    wrong = [
        f"{place(path)}:{line} {text!r}"
        for path in sources(package)
        if place(path) not in MAY_NAME_APPS
        for line, text in strings(path)
        for app in FORBIDDEN[package] - NOT_SERVED
        if names(app, text)
    ]
    assert wrong == []


def test_no_template_of_core_names_an_app():
    """Those in templates/ belong to the site; its navigation names pages of both apps."""
    templates = [path for kind in ("html", "txt") for path in (ROOT / "core").rglob(f"*.{kind}")]
    wrong = [
        f"{place(path)} {app}"
        for path in templates
        for app in FORBIDDEN["core"] - NOT_SERVED
        if names(app, path.read_text("utf-8"))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "app"),
    [
        ("accounts.devices.devices", "accounts"),
        ("articles.change_article", "articles"),
        ("articles/list.html", "articles"),
        ("articles", "articles"),
        ("accounts:login", "accounts"),
        ("SELECT title FROM articles_article", "articles"),
        ("/articles/", "articles"),
        ("/login", "accounts"),
        ("/", None),
        ("/about/", None),
        ("Your account is ready.", None),
        ("how many articles (100)", None),
    ],
)
def test_names_of_apps_are_found_in_strings(text, app):
    assert [each for each in ("articles", "accounts") if names(each, text)] == (
        [app] if app else []
    )


@pytest.mark.parametrize("target", ["run", "stack"])
def test_make_run_and_make_stack_start_no_module_of_the_tests(target):
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", text, re.MULTILINE)[1]
    started = re.findall(r"-m ([\w.]+)", recipe)
    assert started and {module.partition(".")[0] for module in started} <= {"deploy"}


def test_modules_that_the_tests_import_exist():
    """Also those of tests that run in `make soak` and `make matrix` only."""
    missing = [
        f"{place(path)}:{line} imports {module}"
        for package in ("tests", "benchmarks")
        for path in sources(package)
        for line, module in imports(path)
        if module.partition(".")[0] in {"tests", "benchmarks", "deploy"} and not is_module(module)
    ]
    assert missing == []


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


@pytest.mark.parametrize("name", ["settings", "env"])
def test_settings_import_the_standard_library_and_environ_only(name):
    modules = {module for _, module in imports(ROOT / "core" / f"{name}.py")}
    assert {module.partition(".")[0] for module in modules} <= SETTINGS_MAY
    assert {module for module in modules if module.startswith("core")} <= {"core"}


def test_only_settings_read_the_environment():
    readers = [
        place(path)
        for package in OWN_APPS
        for path in sources(package)
        if any(word in path.read_text(encoding="utf-8") for word in ("os.environ", "os.getenv"))
    ]
    assert sorted(readers) == ["core/asgi.py", "core/wsgi.py"]  # they name the settings module


# Three read what a URL of theirs holds.
READERS = {"env.py", "bucket_url.py", "database_url.py", "mail_url.py"}


def test_only_settings_import_core_env():
    users = [
        place(path)
        for package in OWN_APPS
        for path in sources(package)
        if path.name not in READERS
        and re.search(r"core\.(env|database_url|mail_url)\b", path.read_text(encoding="utf-8"))
    ]
    assert users == []  # settings say `from core import env`
