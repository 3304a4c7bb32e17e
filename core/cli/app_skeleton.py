"""The files of a new app, and the lines that make it part of the site (Flask: a new blueprint).

    skeleton = Skeleton("notes", root, template)
    skeleton.write()        notes/, templates/notes/, tests/notes/, and a line in each of PLACES

`template` is a folder laid out as the checkout is; its files end with SUFFIX. In their names and
texts, APP_NAME becomes `my_notes`, AppName `MyNotes` and APP_TITLE `My notes`.
"""

import re
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from django.apps import apps
from django.conf import settings
from django.core.management.base import CommandError
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

SUFFIX = "-tpl"
FOLDERS = ("", "templates", "tests")  # in each, a folder gets the name of the app


class Place(NamedTuple):
    """A line that a file gets behind the text that the pattern `after` matches."""

    path: str
    after: str
    line: str
    language: str = "en"


HEAD_OF_MAP = r"^\|---\|---\|---\|\n"
ROW_OF_MAP = gettext_noop("| `%(name)s/` | the pages below `/%(name)s/` | `page_cache` |")
PLACES = [
    Place("core/settings.py", r'^INSTALLED_APPS = \[\n(?:    "\w+",\n)+', '    "%(name)s",'),
    Place(
        "core/urls.py",
        r'^urlpatterns\b.* = \[\n(?:    path\(.*, include\("\w+\.urls"\)\),\n)+',
        '    path("%(name)s/", include("%(name)s.urls")),',
    ),
    Place("docs/architecture.md", HEAD_OF_MAP, ROW_OF_MAP),
    Place("docs/zh-hans/architecture.md", HEAD_OF_MAP, ROW_OF_MAP, "zh-hans"),
]


class Skeleton:
    """A new app in the checkout `root`. Raises CommandError if its name is taken, or if a file of
    PLACES has no place for the line; nothing is written then."""

    def __init__(self, name: str, root: Path, template: Path) -> None:
        self.name, self.root = name, root
        refuse_taken(name, root)
        self.new = {
            root / self.named(str(path.relative_to(template))): path
            for path in sorted(template.rglob(f"*{SUFFIX}"))
        }
        if not self.new:
            raise CommandError(
                _("%(folder)s has no file that ends with %(suffix)s.")
                % {"folder": template, "suffix": SUFFIX}
            )
        self.changed = {root / place.path: self.with_line(place) for place in PLACES}

    def named(self, text: str) -> str:
        words = self.name.split("_")
        text = text.replace("APP_TITLE", " ".join(words).strip().capitalize())
        text = text.replace("AppName", "".join(map(str.capitalize, words)))
        return text.replace("APP_NAME", self.name).removesuffix(SUFFIX)

    def with_line(self, place: Place) -> str:
        """The text of the file with its new line."""
        path = self.root / place.path
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        found = re.search(place.after, text, re.MULTILINE)
        if found is None:
            raise CommandError(
                _("%(path)s is not as in a checkout: nothing in it matches %(pattern)s")
                % {"path": path, "pattern": place.after}
            )
        with override(place.language):
            line = _(place.line) % {"name": self.name}
        return f"{text[: found.end()]}{line}\n{text[found.end() :]}"

    def write(self) -> None:
        """Writes the files. If one cannot be written, removes them all and raises CommandError."""
        beside = {path: path.with_name(f"{path.name}.new") for path in self.changed}
        try:
            for path, source in self.new.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(self.named(source.read_text(encoding="utf-8")), encoding="utf-8")
            for path, text in self.changed.items():
                beside[path].write_text(text, encoding="utf-8")
        except OSError as error:
            for folder in FOLDERS:
                shutil.rmtree(self.root / folder / self.name, ignore_errors=True)
            for new in beside.values():
                new.unlink(missing_ok=True)
            raise CommandError(_("Nothing was written: %s") % error) from None
        for path, new in beside.items():  # in one step each: no reader meets half a file
            new.replace(path)


def refuse_taken(name: str, root: Path) -> None:
    """Raises CommandError if something else has the name of the new app."""
    if holder := holder_of(name, root):
        message = _("The name %(name)s is taken: %(holder)s. Give another one.")
        raise CommandError(message % {"name": name, "holder": holder})


def holder_of(name: str, root: Path) -> str:
    """The holder of the name, in words; empty if the name is free."""
    if any(config.label == name for config in apps.get_app_configs()):
        return _("an installed app has it as its label")
    for path in (Path(folder, name) for folder in FOLDERS):
        if (root / path).exists():
            return _("%s exists") % path
    if find_spec(name):
        return _("Python or a package has a module of this name")
    return _("/%s/ is a page of the site") % name if is_page(f"/{name}/") else ""


def is_page(path: str) -> bool:
    if path == settings.STATIC_URL:
        return True
    try:
        resolve(path)
    except Resolver404:
        return False
    return True
