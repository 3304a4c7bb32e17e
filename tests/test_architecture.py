"""docs/architecture.md names each package and each import between packages, as they are."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from deploy.processes import ROOT
from tests.own_apps import OWN_APPS

PAGES = ["docs/architecture.md", "docs/zh-hans/architecture.md"]
APPS = [app for app in OWN_APPS if app != "core"]
MOST_ROOMS, MOST_FLOORS = 43, 8  # rooms of core: each app is one more
CONVENTIONAL = {
    "__init__", "admin", "apps", "asgi", "backends", "base", "checks", "creation", "forms",
    "middleware", "models", "receivers", "urls", "views", "wsgi",
}  # fmt: skip
NAMED_BY_DJANGO = {"migrations", "commands", "templatetags"}


def sources() -> list[Path]:
    return [path for top in OWN_APPS for path in sorted((ROOT / top).rglob("*.py"))]


def room_of(module: str) -> str:
    """The file or package below core/ that a module belongs to; an app is one room."""
    top, _, rest = module.partition(".")
    return f"core.{rest.partition('.')[0]}" if top == "core" else top


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports() -> dict[str, set[str]]:
    """The modules that each module imports, of this project's."""
    known = {module_of(path): path for path in sources()}
    return {
        module: {each for name in imported(path) if (each := nearest(name, known)) != module}
        - {"", "core"}
        for module, path in known.items()
    }


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def nearest(name: str, known: dict[str, Path]) -> str:
    """The module that holds `name`: itself, or the one it is imported from."""
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name


@cache
def arrows() -> dict[str, frozenset[str]]:
    rooms: dict[str, set[str]] = {}
    for module, others in imports().items():
        if module != "core":
            rooms.setdefault(room_of(module), set())
            rooms[room_of(module)] |= {room_of(each) for each in others} - {room_of(module)}
    return {room: frozenset(others) for room, others in rooms.items()}


def test_no_module_imports_in_a_circle() -> None:
    """Across files, not only across packages: a name imported too early is not there yet."""
    try:
        TopologicalSorter(imports()).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


def test_the_house_stays_small() -> None:
    floor: dict[str, int] = {}
    for room in TopologicalSorter(arrows()).static_order():
        floor[room] = 1 + max((floor[each] for each in arrows()[room]), default=0)
    assert len(floor.keys() - set(APPS)) <= MOST_ROOMS
    assert max(floor.values()) <= MOST_FLOORS


def test_a_module_name_means_one_module() -> None:
    homes: dict[str, list[str]] = {}
    for path in sources():
        if path.stem not in CONVENTIONAL and not NAMED_BY_DJANGO & set(path.parts):
            homes.setdefault(path.stem, []).append(str(path.relative_to(ROOT)))
    assert {name: found for name, found in homes.items() if len(found) > 1} == {}


def test_each_package_says_what_it_does() -> None:
    """What it does, what it guarantees, what it exports."""
    silent = [
        str(path.relative_to(ROOT))
        for path in sources()
        if path.name == "__init__.py"
        and path.parent.parent.name == "core"
        and path.parent.name not in {"management", "templatetags"}
        and len((ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split()) < 15
    ]
    assert silent == []


def drawn(page: str) -> dict[str, frozenset[str]]:
    """The table of the page: | `core/http/` | what it holds | `g` `signals` |."""
    text = (ROOT / page).read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w/.]+)` \|[^|]*\| ([^|]*)\|$", text, re.MULTILINE)
    return {
        as_room(place): frozenset(map(as_room, re.findall(r"`([\w/.]+)`", names)))
        for place, names in rows
    }


def as_room(place: str) -> str:
    return place.removesuffix("/").removesuffix(".py").replace("/", ".")


@pytest.mark.parametrize("page", PAGES)
def test_the_map_shows_each_package_and_each_import(page: str) -> None:
    shown = {
        room: frozenset(each if each in APPS else f"core.{each}" for each in others)
        for room, others in drawn(page).items()
    }
    assert shown == arrows()
