"""A blog: the files of one folder under one name. Name and path identify a file."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from articles.importing import Refused
from articles.importing.sources import Source
from articles.models import ImportedFile

LONGEST_NAME = ImportedFile._meta.get_field("source").max_length or 0


@dataclass(frozen=True)
class Blog:
    name: str = ""  # "" for files that come with the site
    folder: Path = Path()
    files: Sequence[Source] = ()
    named: bool = False  # with --source; otherwise the name is the folder's


def name_of_folder(folder: Path) -> str:
    """Returns a folder's name, without following links. Raises Refused if no blog can have it."""
    name = os.path.basename(os.path.abspath(folder))
    if is_name(name):
        return name
    shown = name.encode(errors="replace").decode()
    raise Refused(
        _("The folder's name “%(name)s” cannot name a blog; give --source NAME: %(allowed)s.")
        % {"name": shown, "allowed": allowed_names()}
    )


def is_name(name: str) -> bool:
    """Whether a blog may have this name."""
    if not 0 < len(name) <= LONGEST_NAME or name != name.strip() or set(name) & {"/", "\\"}:
        return False
    return name.isprintable() and name not in {".", ".."}


def allowed_names() -> str:
    return _("1 to %d printable characters without slashes") % LONGEST_NAME
