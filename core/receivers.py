"""Which signals there are, and who hears them (Flask: signal.receivers, one by one).

Promises: each Signal of a loaded module or of an app's `signals` module is found under the name
it was made with; each living receiver is named, with the line that connected it when its source
can be read, and else with the line of the receiver itself. A sender that is neither a class nor
a function, nor said where it is connected, is “?”. Nothing is sent or changed.
"""

import ast
import gc
import importlib
import inspect
import sys
import weakref
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from django.apps import apps
from django.conf import settings
from django.dispatch import Signal
from django.dispatch.dispatcher import NONE_ID
from django.utils.module_loading import autodiscover_modules

from core.import_paths import import_path

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
    connections.cache_clear()  # what was loaded just now connects too
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
            place, said = connection_of(signal, receiver)
            sender = sender_of(sender_id) or said or "?" if sender_id != NONE_ID else ""
            found.append(Receiver(name_of(receiver), sender, place or definition(receiver)))
    return found


def name_of(receiver: Any) -> str:
    if isinstance(receiver, partial):
        return f"functools.partial({name_of(receiver.func)})"
    owner = getattr(receiver, "__self__", None)
    if owner is not None:
        made_by = owner if isinstance(owner, type) else type(owner)
        return f"{import_path(made_by)}.{receiver.__name__}"
    if not hasattr(receiver, "__qualname__"):
        receiver = type(receiver)
    return import_path(receiver)


def sender_of(sender_id: Any) -> str | None:
    """Whose id that is, which is all that a signal keeps: of a class or of a function."""
    if sender_id in senders():
        return senders()[sender_id]
    living = (each for each in gc.get_objects() if id(each) == sender_id)
    return next(
        (name_of(each) for each in living if inspect.isclass(each) or inspect.isfunction(each)),
        None,
    )


@cache
def senders() -> dict[int, str]:
    models = {id(model): model._meta.label for model in apps.get_models(include_auto_created=True)}
    configs = {id(config): config.name for config in apps.get_app_configs()}
    return {**models, **configs}


def connection_of(signal: Signal, receiver: Any) -> tuple[str, str]:
    """Where the sources connect it, and the sender they name if they name one only."""
    asked = getattr(receiver, "__name__", "")
    made_in = type(getattr(receiver, "__self__", None)).__module__
    if made_in == "builtins":
        made_in = getattr(receiver, "__module__", "")
    lines = connections().get((id(signal), asked), [])
    near = [line for line in lines if line[0].startswith(shown(file_of(made_in)))] or lines
    place, said = next(iter(near), ("", ""))
    return place, said if len({each for _place, each in near}) == 1 else ""


def definition(receiver: Any) -> str:
    if isinstance(receiver, partial):
        return definition(receiver.func)
    if not hasattr(receiver, "__qualname__") and not hasattr(receiver, "__self__"):
        receiver = type(receiver).__call__
    code = getattr(inspect.unwrap(receiver), "__code__", None)
    return f"{shown(Path(code.co_filename))}:{code.co_firstlineno}" if code else ""


@cache
def connections() -> dict[tuple[int, str], list[tuple[str, str]]]:
    """Where the sources say `signal.connect(receiver)` or `@receiver(signal)`, and for which
    sender, by the signal's id and the receiver's name."""
    found: dict[tuple[int, str], list[tuple[str, str]]] = {}
    for name, module in list(sys.modules.items()):
        path = file_of(name)
        text = path.read_text(encoding="utf-8", errors="replace") if path.suffix == ".py" else ""
        if ".connect(" not in text and "@receiver(" not in text:
            continue
        for signal, receiver, call in connected_in(ast.parse(text), module):
            line = f"{shown(path)}:{call.lineno}", sender_in(call)
            found.setdefault((id(signal), receiver), []).append(line)
    return found


def connected_in(tree: ast.Module, module: ModuleType) -> Iterator[tuple[Any, str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "connect" and node.args:
                receiver = ast.unparse(node.args[0]).rpartition(".")[2]
                yield value_of(node.func.value, module), receiver, node
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func).endswith("receiver"):
                    for signal in ast.walk(mark):
                        yield value_of(signal, module), node.name, mark


def sender_in(call: ast.Call) -> str:
    """As it is written."""
    return next((ast.unparse(word.value) for word in call.keywords if word.arg == "sender"), "")


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
