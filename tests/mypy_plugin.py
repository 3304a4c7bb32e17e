"""A mypy plugin: `request.session` has the methods of Store, not only those of Django's base class.

    plugins = ["mypy_django_plugin.main", "tests.mypy_plugin"]

django-stubs types it as SessionBase, because any SESSION_ENGINE may be set. The site itself never
imports this module.
"""

from collections.abc import Callable

from mypy.nodes import MypyFile, TypeInfo
from mypy.plugin import AttributeContext, Plugin
from mypy.types import Instance, Type

SESSION = "django.http.request.HttpRequest.session"
MODULE, CLASS = "core.sessions.store", "Store"


class SessionPlugin(Plugin):
    def get_additional_deps(self, file: MypyFile) -> list[tuple[int, str, int]]:
        """Loads the store also where mypy is asked about files that do not import it."""
        return [(10, MODULE, -1)] if file.fullname == "django.http.request" else []

    def get_attribute_hook(self, fullname: str) -> Callable[[AttributeContext], Type] | None:
        return self.as_store if fullname == SESSION else None

    def as_store(self, context: AttributeContext) -> Type:
        found = self.lookup_fully_qualified(f"{MODULE}.{CLASS}")
        store = found.node if found else None
        return Instance(store, []) if isinstance(store, TypeInfo) else context.default_attr_type


def plugin(version: str) -> type[Plugin]:
    """The function that mypy calls to find the plugin's class."""
    return SessionPlugin
