"""Replaces attributes of libraries at run time, and uses their private ones: here only.

Each function is one case and says why no public way exists. tests/core/test_library_patches.py
fails when a library changes what a case relies on.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpResponseBase


def load_cachalot(tables: Iterable[str]) -> None:
    """Sets `cachalot_settings.patched`, so that `load()` reads the settings and nothing more, and
    the `tables` whose rows may be kept, which are known only once the models are loaded.

    It would replace the compilers of all engines and `Atomic`, with what makes it give out old
    rows: it invalidates before a statement and not after it, and an atomic() that cannot begin
    leaves its thread with old rows (django-cachalot issue 278).
    """
    from cachalot.settings import cachalot_settings  # others need nothing of it

    cachalot_settings.patched = True
    cachalot_settings.load()
    # "" names no table: an empty set would mean all of them.
    settings: Any = cachalot_settings  # whose types are those of its defaults
    settings.CACHALOT_ONLY_CACHABLE_TABLES = frozenset({"", *tables})


def surround_close(response: Any, before: Callable[[], Any], *after: Callable[[], Any]) -> None:
    """Adds calls to a response's `_resource_closers`: before all others and after them.

    Django has no other hook at the end of a response that knows which one it is: the signal
    request_finished names neither the request nor the response.
    """
    response._resource_closers.insert(0, before)
    response._resource_closers.extend(after)


def is_logged(response: HttpResponseBase) -> bool:
    """Whether Django has written the log line of this response's status.

    `_has_been_logged` is where log_response() notes it, so that a response is logged once; it has
    no parameter for a page that takes the place of another response.
    """
    return getattr(response, "_has_been_logged", False)


def mark_as_logged(response: Any) -> None:
    """Keeps Django from writing a line of its own: see is_logged()."""
    response._has_been_logged = True
