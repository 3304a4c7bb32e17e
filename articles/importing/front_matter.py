"""The head of a file: YAML between ---, TOML between +++, or JSON in braces.

YAML gives texts only, so that `version: 1.10` stays what was written; see `Fields` for the rest.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Any

import yaml
from django.utils.translation import gettext as _

from articles.importing import Refused

DEEPEST, MOST = 5, 1000  # lists within lists, and what they hold: aliases multiply
_fenced = re.compile(r"(---|\+\+\+)[ \t]*\n(.*?)^(?:\1|\.\.\.)[ \t]*(?:\n|\Z)", re.S | re.M)
_control = re.compile(r"[\x00-\x1f\x7f]+")


def split(text: str) -> tuple["Fields", str]:
    """The fields of the head, none without one, and the Markdown below it."""
    if re.match(r'\{\s*"', text):
        return _json(text)
    if not re.match(r"(---|\+\+\+)[ \t]*\n", text):
        return Fields({}), _body(text)
    found = _fenced.match(text)
    if found is None:
        raise Refused(_("has front matter that is not closed: %s is missing") % text[:3])
    read: Callable[[str], Any] = tomllib.loads if found[1] == "+++" else _yaml
    return _fields(read, found[2]), _body(text[found.end() :])


def _body(text: str) -> str:
    """Without empty lines around; the first line keeps its indentation."""
    return re.sub(r"\A(?:[ \t]*\n)+", "", text).rstrip()


def _yaml(text: str) -> Any:
    return yaml.load(text, Loader=yaml.BaseLoader)


def _json(text: str) -> tuple["Fields", str]:
    try:
        _head, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError) as error:
        raise _unreadable(error) from None
    return _fields(json.loads, text[:end]), _body(text[end:])


def _fields(read: Callable[[str], Any], text: str) -> "Fields":
    try:
        found = read(text) or {}
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _unreadable(error) from None
    if not isinstance(found, dict):
        raise Refused(_("has front matter that is not a list of “name: value”"))
    return Fields({str(name).lower(): value for name, value in found.items()})


def _unreadable(error: Exception) -> Refused:
    return Refused(_("has front matter that cannot be read: %s") % " ".join(str(error).split()))


class Fields(dict[str, Any]):
    def text(self, *names: str) -> str:
        """The first of these fields that is given, on one line; "" for none."""
        for name in names:
            value = self.get(name)
            if isinstance(value, dict | list):
                raise Refused(_("has front matter with no text in “%s”") % name)
            if line := _line(value):
                return line
        return ""

    def words(self, name: str) -> list[str]:
        """A list, also of lists, or one text; mappings give their `name`."""
        items = [self.get(name)]
        for _level in range(DEEPEST):
            items = list(islice(_flatter(items), MOST + 1))
            if len(items) > MOST:
                raise Refused(_("has front matter with too long a list in “%s”") % name)
        if any(isinstance(item, list) for item in items):
            raise Refused(_("has front matter with too deep a list in “%s”") % name)
        return [word for item in items if (word := _word(item))]

    def is_false(self, name: str) -> bool:
        return _line(self.get(name)).lower() in {"false", "no", "off", "0"}

    def is_true(self, name: str) -> bool:
        return _line(self.get(name)).lower() in {"true", "yes", "on", "1"}

    def table(self, name: str) -> "Fields":
        """A mapping inside, as Zola's [taxonomies]; empty when there is none."""
        found = self.get(name)
        return Fields(found) if isinstance(found, dict) else Fields({})


def _flatter(items: Iterable[Any]) -> Iterator[Any]:
    """Each list among the items opened once."""
    return chain.from_iterable(item if isinstance(item, list) else [item] for item in items)


def _word(value: Any) -> str:
    return _line(value.get("name") if isinstance(value, dict) else value)


def _line(value: Any) -> str:
    """A value as clean text on one line; YAML's ways to write nothing are nothing."""
    if value is None or isinstance(value, dict | list):
        return ""
    line = " ".join(_control.sub(" ", str(value)).split())
    return "" if line in {"~", "null"} else line.encode(errors="replace").decode()
