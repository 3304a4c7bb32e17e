"""Compares the collected static files with those of the code.

Production names each file by its content, as the manifest of `collectstatic` says it. A file that
the manifest lacks is a 500 on each page that names it, so a server does not start without one.
"""

from collections.abc import Iterator

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage

COLLECT = "python manage.py collectstatic --noinput"


def uncollected() -> str:
    """Why pages would fail for want of static files, or ''; '' too without a manifest in use."""
    try:
        if not isinstance(staticfiles_storage, ManifestFilesMixin):
            return ""
        collected = staticfiles_storage.load_manifest()[0]
    except (OSError, ValueError) as error:  # it is damaged, or may not be read
        return f"The static files in {settings.STATIC_ROOT} cannot be used: {error}"
    if not collected:
        return f"No static files have been collected in {settings.STATIC_ROOT}."
    missing = next((name for name in own() if name not in collected), "")
    old = f"The static files in {settings.STATIC_ROOT} are of an older release"
    return f"{old}: {missing} is missing." if missing else ""


def own() -> Iterator[str]:
    """The names of all files that `collectstatic` would take."""
    ignored = apps.get_app_config("staticfiles").ignore_patterns  # type: ignore[attr-defined]
    for finder in get_finders():
        for name, _ in finder.list(ignored):
            yield name.replace("\\", "/")
