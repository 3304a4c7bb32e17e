"""A class is named as it is imported, not by the private module that defines it."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from core.import_paths import import_path
from core.redis_cache.serializer import pack


class Moved:
    """Defined in a private module and imported from the package above it, as `Path` on 3.13."""

    def method(self) -> None: ...


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> type[Moved]:
    for name in ("shop", "shop._stock", "shop._stock.local"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    sys.modules["shop"].Moved = sys.modules["shop._stock.local"].Moved = Moved
    for each in (Moved, Moved.method):
        monkeypatch.setattr(each, "__module__", "shop._stock.local")
    return Moved


def test_a_private_module_is_left_out(moved: type[Moved]):
    assert import_path(moved) == "shop.Moved"
    assert import_path(moved.method) == "shop.Moved.method"
    assert import_path(Path) == "pathlib.Path"


def test_a_private_module_stays_where_the_package_has_no_such_name(
    moved: type[Moved], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delattr("shop.Moved")
    assert import_path(moved) == "shop._stock.local.Moved"


def test_a_public_module_stays():
    assert import_path(Moved) == f"{__name__}.Moved"


def test_an_error_names_what_cannot_be_cached_as_it_is_imported(moved: type[Moved]):
    with pytest.raises(TypeError, match=r"^a shop\.Moved cannot be cached"):
        pack(moved())
