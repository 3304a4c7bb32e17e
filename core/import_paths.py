"""Names the path under which a class or a function is imported.

A private module is left out if a package above it has the same object under the same name:
`pathlib.Path`, also on Python 3.13, where `Path.__module__` is `pathlib._local`.
"""

import sys
from typing import Any


def import_path(value: Any) -> str:
    """Return the path of a class, a function or a method, such as `pathlib.Path`."""
    return f"{public_module(value)}.{value.__qualname__}"


def public_module(value: Any) -> str:
    module = str(value.__module__)  # None for objects that C code makes
    outermost = value.__qualname__.partition(".")[0]
    above, defined = module, attribute(module, outermost)
    while "._" in above and defined is not None:
        above = above.rpartition(".")[0]
        if attribute(above, outermost) is defined:
            return above
    return module


def attribute(module: str, name: str) -> Any:
    return getattr(sys.modules.get(module), name, None)
