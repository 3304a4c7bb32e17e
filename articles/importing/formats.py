"""Parses the text of a head: YAML, TOML, JSON, or Hexo's JSON without its outer braces.

YAML values stay text, so that `version: 1.10` keeps its spelling. A name that is given twice is
refused in every format: which of `draft: true` and `draft: false` counts would be a guess.
"""

import json
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import yaml
from django.utils.translation import gettext as _

from articles.importing import Refused
from articles.importing.field_names import field_name


class _TextLoader(yaml.BaseLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        _check_unique(key.value for key, _value in node.value if isinstance(key, yaml.ScalarNode))
        return super().construct_mapping(node, deep)


def _yaml(text: str) -> Any:
    return yaml.load(text, Loader=_TextLoader)


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    _check_unique(name for name, _value in pairs)
    return dict(pairs)


def _json(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_pairs)


def _json_without_braces(text: str) -> Any:
    return _json(f"{{{text}}}")


LONGEST = 50_000  # characters; PyYAML takes seconds for more
LONGEST_REASON = 500  # characters of a parser's message, which may quote the text
READERS: dict[str, Callable[[str], Any]] = {
    "yaml": _yaml,
    "yml": _yaml,
    "toml": tomllib.loads,
    "json": _json,
    ";": _json_without_braces,
}


def read_mapping(form: str, text: str) -> dict[str, Any]:
    """Returns the values of a head by their names, as field_name() spells these.

    `form` is a key of READERS. Raises Refused for a text that cannot be parsed or is no mapping.
    """
    if len(text) > LONGEST:
        raise Refused(_("has front matter of more than %d characters") % LONGEST)
    try:
        found = READERS[form](text) if text.strip() else {}
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise unreadable(error) from None
    if not isinstance(found, dict):
        raise Refused(_("has front matter that is not a list of “name: value”"))
    if "<<" in found:  # the fields it stands for would be lost
        raise Refused(_("has front matter with the merge key “<<”; write the fields out"))
    return with_field_names(found)


def with_field_names(found: dict[Any, Any]) -> dict[str, Any]:
    """Returns the mapping with normalized names. Raises Refused if two of them become one."""
    pairs = [(field_name(name), value) for name, value in found.items()]
    _check_unique(name for name, _value in pairs)
    return dict(pairs)


def json_end(text: str, start: int) -> int:
    """The end of the JSON object that begins at `start`. Raises Refused if it cannot be parsed."""
    try:
        return json.JSONDecoder().raw_decode(text, start)[1]
    except (ValueError, RecursionError) as error:
        raise unreadable(error) from None


def unreadable(error: Exception) -> Refused:
    reason = " ".join(str(error).split())[:LONGEST_REASON]
    return Refused(_("has front matter that cannot be read: %s") % reason)


def _check_unique(names: Iterable[str]) -> None:
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise Refused(_("has front matter that gives “%s” twice") % twice[0][:60])
