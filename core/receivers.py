"""Which signals there are, and who hears them (Flask: signal.receivers, one by one).

Promises: each Signal of a loaded module or of an app's `signals` module is found under the name
it was made with; each living receiver is named, with the line that connected it when its source
can be read, and else with the line of the receiver itself. Nothing is sent or changed.
"""

import ast
import importlib
import inspect
import sys
import weakref
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from django.apps import apps
from django.conf import settings
from django.dispatch import Signal
from django.dispatch.dispatcher import NONE_ID
from django.utils.module_loading import autodiscover_modules

DJANGOS = ["core", "db.models", "db.backends", "contrib.auth"]


class Receiver(NamedTuple):
    name: str  # accounts.receivers.on_started
    sender: str  # accounts.User; empty: any
    place: str  # accounts/apps.py:18


def signals() -> dict[str, Signal]:
    """Each signal by its name, `django.core.signals.request_started`, in the order of names."""
    for name in (*(f"django.{each}.signals" for each in DJANGOS), settings.ROOT_URLCONF):
        importlib.import_module(name)  # as a server has, before it answers
    autodiscover_modules("signals")
    names: dict[int, tuple[str, Signal]] = {}
    for module_name, module in sorted(sys.modules.items(), key=nearness):
        for name, value in list(vars(module).items()) if isinstance(module, ModuleType) else []:
            if isinstance(value, Signal):
                names.setdefault(id(value), (f"{module_name}.{name}", value))
    return dict(sorted(names.values(), key=lambda each: each[0]))


def nearness(loaded: tuple[str, Any]) -> tuple[bool, int, str]:
    """Modules that make signals first; others only import them."""
    return not loaded[0].endswith(".signals"), len(loaded[0]), loaded[0]


def receivers(signal: Signal) -> list[Receiver]:
    """Those that live, in the order in which they are called."""
    found = []
    for (_, sender_id), reference, *_ in signal.receivers or []:
        receiver = reference() if isinstance(reference, weakref.ReferenceType) else reference
        if receiver is not None:
            sender = senders().get(sender_id, "?")
            found.append(Receiver(name_of(receiver), sender, place_of(signal, receiver)))
    return found


def name_of(receiver: Any) -> str:
    owner = getattr(receiver, "__self__", None)
    if owner is not None:
        return f"{type(owner).__module__}.{type(owner).__qualname__}.{receiver.__name__}"
    if not hasattr(receiver, "__qualname__"):
        receiver = type(receiver)
    return f"{receiver.__module__}.{receiver.__qualname__}"


@cache
def senders() -> dict[int, str]:
    """What a receiver may have asked for, by the id that the signal keeps of it."""
    models = {id(model): model._meta.label for model in apps.get_models(include_auto_created=True)}
    configs = {id(config): config.name for config in apps.get_app_configs()}
    return {**models, **configs, NONE_ID: ""}


def place_of(signal: Signal, receiver: Any) -> str:
    asked = getattr(receiver, "__name__", "")
    made_in = type(getattr(receiver, "__self__", None)).__module__
    if made_in == "builtins":
        made_in = getattr(receiver, "__module__", "")
    lines = connections().get((id(signal), asked), [])
    near = [line for line in lines if line.startswith(shown(file_of(made_in)))]
    return next(iter(near or lines), "") or definition(receiver)


def definition(receiver: Any) -> str:
    code = getattr(inspect.unwrap(receiver), "__code__", None)
    return f"{shown(Path(code.co_filename))}:{code.co_firstlineno}" if code else ""


@cache
def connections() -> dict[tuple[int, str], list[str]]:
    """Where the sources say `signal.connect(receiver)` or `@receiver(signal)`, by the signal's
    id and the receiver's name."""
    found: dict[tuple[int, str], list[str]] = {}
    for name, module in list(sys.modules.items()):
        path = file_of(name)
        text = path.read_text(encoding="utf-8", errors="replace") if path.suffix == ".py" else ""
        if ".connect(" not in text and "@receiver(" not in text:
            continue
        for signal, receiver, line in connected_in(ast.parse(text), module):
            found.setdefault((id(signal), receiver), []).append(f"{shown(path)}:{line}")
    return found


def connected_in(tree: ast.Module, module: ModuleType) -> Iterator[tuple[Any, str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "connect" and node.args:
                receiver = ast.unparse(node.args[0]).rpartition(".")[2]
                yield value_of(node.func.value, module), receiver, node.lineno
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func).endswith("receiver"):
                    for signal in ast.walk(mark):
                        yield value_of(signal, module), node.name, mark.lineno


def value_of(node: ast.AST, module: ModuleType) -> Any:
    """What a dotted name means in a module; None for what is no such name."""
    if isinstance(node, ast.Name):
        return getattr(module, node.id, None)
    if isinstance(node, ast.Attribute):
        return getattr(value_of(node.value, module), node.attr, None)
    return None


def file_of(module_name: str) -> Path:
    return Path(getattr(sys.modules.get(module_name), "__file__", None) or "")


def shown(path: Path) -> str:
    """As short as it can be said: from this project's folder, or from site-packages."""
    for folder in (Path(settings.BASE_DIR), *map(Path, sys.path)):
        inside = path.relative_to(folder) if path.is_relative_to(folder) else None
        if inside and "site-packages" not in inside.parts:
            return inside.as_posix()
    return str(path)
