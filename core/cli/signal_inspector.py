"""Lists the signals of the running program and their receivers (Flask: signal.receivers).

Guarantees: each Signal of a loaded module, or of an app's `signals` module, is listed under the
name it was made with. A sender that is no class, function or app is “?”. No signal is sent.
"""

import gc
import importlib
import inspect
import sys
import weakref
from functools import partial
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

from django.apps import AppConfig
from django.conf import settings
from django.dispatch.dispatcher import NONE_ID, Signal
from django.utils.module_loading import autodiscover_modules

from core.import_paths import import_path

DJANGOS = ["core", "db.models", "db.backends", "contrib.auth"]


class Receiver(NamedTuple):
    name: str  # accounts.devices.on_session_started
    sender: str  # accounts.models.user.User; empty: any
    place: str  # accounts.devices:150, the module and line where it is defined


def signals() -> dict[str, Signal]:
    """Return each signal by its name, `django.core.signals.request_started`, sorted by name."""
    for name in (*(f"django.{each}.signals" for each in DJANGOS), settings.ROOT_URLCONF):
        importlib.import_module(name)  # as a server does before it answers
    autodiscover_modules("signals")
    names: dict[int, tuple[str, Signal]] = {}
    modules = [(name, each) for name, each in sys.modules.items() if isinstance(each, ModuleType)]
    modules.sort(key=lambda each: (not each[0].endswith(".signals"), len(each[0]), each[0]))
    for module_name, module in modules:  # modules that make signals first; others only import them
        for name, value in list(vars(module).items()):
            if isinstance(value, Signal):
                names.setdefault(id(value), (f"{module_name}.{name}", value))
    return dict(sorted(names.values(), key=lambda each: each[0]))


def receivers(signal: Signal) -> list[Receiver]:
    """Return the live receivers, in the order in which they are called."""
    entries = [(sender_id, reference) for (_, sender_id), reference, *_ in signal.receivers or []]
    found = [(of, each() if isinstance(each, weakref.ref) else each) for of, each in entries]
    return [described(each, sender_id) for sender_id, each in found if each is not None]


def described(receiver: Any, sender_id: int) -> Receiver:
    while isinstance(receiver, partial):
        receiver = receiver.func
    function = receiver if hasattr(receiver, "__qualname__") else type(receiver).__call__
    source = inspect.unwrap(function)
    code = getattr(source, "__code__", None)  # C code has none
    place = f"{source.__module__}:{code.co_firstlineno}" if code else ""
    return Receiver(import_path(function), sender_of(sender_id), place)


def sender_of(sender_id: int) -> str:
    """Return the sender's import path. A signal keeps nothing of a sender but its id."""
    for each in gc.get_objects() if sender_id != NONE_ID else ():
        if id(each) == sender_id and isinstance(each, type | FunctionType | AppConfig):
            return import_path(type(each) if isinstance(each, AppConfig) else each)
    return "" if sender_id == NONE_ID else "?"
