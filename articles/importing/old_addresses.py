"""Makes redirects of the addresses that imported rows had in their own application."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from articles.importing.digest import key_of
from articles.importing.row_sources import RowSource
from articles.models import ImportedFile, Redirect
from articles.models.redirect import LONGEST_PATH, validate_path

PLACES = ("id", "slug")
_place = re.compile(r"<(\w*)>")


def check_pattern(pattern: str) -> str:
    """Returns the pattern. Raises ValueError for one that gives no path, or all rows the same."""
    names = _place.findall(pattern)
    try:
        validate_path(pattern)
    except ValidationError:
        names = []
    if not names or not set(names) <= {*PLACES}:
        raise ValueError
    return pattern


def old_paths(row: RowSource, patterns: Sequence[str]) -> list[str]:
    """The paths that lead to this row's article; a url that is a path is one of them."""
    found = [filled(pattern, row.values) for pattern in patterns]
    url = str(row.values.get("url") or "")
    if url.startswith("/") and not url.startswith("//") and not urlsplit(url).query:
        found.append(unquote(urlsplit(url).path))
    return [path for path in dict.fromkeys(found) if path]


def filled(pattern: str, values: dict[str, Any]) -> str:
    """The pattern with a row's values; "" if it lacks one."""
    names = _place.findall(pattern)
    if any(values.get(name) in (None, "") for name in names):
        return ""
    return unquote(_place.sub(lambda found: quote(str(values[found[1]]), safe=""), pattern))


def make_redirects(rows: Sequence[RowSource], source: str, patterns: Sequence[str]) -> list[str]:
    """Stores the redirects of these rows' articles; returns a line for each that is not made."""
    paths = {path: row.path for row in rows for path in old_paths(row, patterns)}
    refusals = {path: refusal(path, key) for path, key in paths.items()}
    notes = [line for line in refusals.values() if line]
    wanted = {path: key for path, key in paths.items() if not refusals[path]}
    keys = {key_of(row.path, source): row.path for row in rows}
    with transaction.atomic():
        found = ImportedFile.objects.filter(key__in=keys).values_list("key", "article_id")
        articles = {keys[key]: article for key, article in found}
        made = [
            Redirect(path=path, article_id=articles[key])
            for path, key in wanted.items()
            if key in articles
        ]
        stored = targets(wanted)
        Redirect.objects.bulk_create(
            [each for each in made if each.path not in stored], ignore_conflicts=True
        )
        stored = targets(wanted)
    taken = [each.path for each in made if stored.get(each.path) != each.article_id]
    return notes + [_("%s leads elsewhere already, and stays so") % path for path in taken]


def targets(paths: dict[str, str]) -> dict[str, Any]:
    rows = Redirect.objects.filter(path__in=paths).values_list("path", "article_id")
    return dict(rows)


def refusal(path: str, key: str) -> str:
    """Why no redirect is made from a path; "" if one is."""
    if len(path) > LONGEST_PATH or "\0" in path or not path.isprintable():
        return _("%(key)s: its old path is too long or cannot be shown") % {"key": key}
    try:
        resolve(path)
    except Resolver404:
        return ""
    return _("%s is a page of this site, and stays so") % path
