"""Compares the collected static files with those of the code.

In production the manifest of `collectstatic` maps each file to a name made from its content. A
file that the manifest lacks is a 500 on each page that uses it, and one that the folder lacks is a
page without its style. So a server does not start in either case.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import ManifestFilesMixin
from django.core.files.storage import storages

COLLECT = "python manage.py collectstatic --noinput"
DEBUGGED = (
    "collected with debug, as manage.py does in a shell without the server's environment. Give "
    "the command that environment: DJANGO_SECRET_KEY, and DJANGO_DEBUG off."
)


def uncollected() -> str:
    """Why pages would fail without static files; '' if they would not, or no manifest is used."""
    try:
        # Not staticfiles_storage: isinstance() hides an AttributeError of that lazy object.
        storage = storages["staticfiles"]
        if not isinstance(storage, ManifestFilesMixin):
            return ""
        collected = storage.load_manifest()[0]
    except (OSError, ValueError) as error:  # the manifest is damaged, or may not be read
        return f"The static files in {settings.STATIC_ROOT} cannot be used: {error}."
    except (AttributeError, TypeError):  # it is JSON, but not an object
        return misshapen()
    if not isinstance(collected, dict) or not all(map(is_name, collected.values())):
        return misshapen()
    return lacking(collected) if collected else none_collected()


def is_name(value: object) -> bool:
    return isinstance(value, str)


def misshapen() -> str:
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    return f"{manifest} cannot be used: it is no manifest of static files."


def none_collected() -> str:
    if any(map(is_collected, own())):
        return f"The static files in {settings.STATIC_ROOT} have no manifest: {DEBUGGED}"
    return f"No static files have been collected in {settings.STATIC_ROOT}."


def lacking(collected: Mapping[str, str]) -> str:
    """Names the first file that is missing in the manifest, or in the folder; '' if none is."""
    place = f"The static files in {settings.STATIC_ROOT}"
    if name := next((name for name in own() if name not in collected), ""):
        debugged = f" The file itself was {DEBUGGED}" if is_collected(name) else ""
        return f"{place} are of an older release: {name} is missing in the manifest.{debugged}"
    if name := next((name for name in collected.values() if not is_collected(name)), ""):
        return f"{place} are not whole: {name} is missing."
    return ""


def is_collected(name: str) -> bool:
    return os.path.isfile(os.path.join(settings.STATIC_ROOT, name))


def own() -> Iterator[str]:
    """The names of all files that `collectstatic` would collect."""
    ignored = apps.get_app_config("staticfiles").ignore_patterns  # type: ignore[attr-defined]
    for finder in get_finders():
        for name, _ in finder.list(ignored):
            yield name.replace("\\", "/")
