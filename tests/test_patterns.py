"""No regular expression repeats a group possessively: Python 3.11.2, which Debian 12 has, matches
`(?:…)*+` wrongly (CPython issue 106052, mended in 3.11.5). `(?>(?:…)*)` says the same everywhere.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.own_apps import OWN_APPS

try:
    from re import _constants, _parser
except ImportError:  # they are private
    pytest.skip("this Python keeps its parser of patterns elsewhere", allow_module_level=True)

STARTS = {"core.asgi", "core.wsgi"}  # which begin to serve when they are imported
REPEATED = _constants.POSSESSIVE_REPEAT


def modules() -> Iterator[ModuleType]:
    for package in map(importlib.import_module, OWN_APPS):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" not in found.name and found.name not in STARTS:
                yield importlib.import_module(found.name)


def patterns(module: ModuleType) -> list[re.Pattern]:
    return [value for value in vars(module).values() if isinstance(value, re.Pattern)]


def repeats_group_possessively(pattern: re.Pattern) -> bool:
    return in_parsed(_parser.parse(pattern.pattern, pattern.flags))


def in_parsed(parsed: object) -> bool:
    if isinstance(parsed, _parser.SubPattern):
        return any(in_parsed(item) for item in parsed.data)
    if isinstance(parsed, tuple) and parsed and parsed[0] is REPEATED:
        return len(parsed[1][2]) != 1 or not is_one_character(parsed[1][2][0])
    return isinstance(parsed, tuple | list) and any(in_parsed(item) for item in parsed)


def is_one_character(item: tuple) -> bool:
    return item[0] in {_constants.IN, _constants.LITERAL, _constants.NOT_LITERAL, _constants.ANY}


def test_no_pattern_repeats_a_group_possessively():
    found = [
        f"{module.__name__}: {pattern.pattern}"
        for module in modules()
        for pattern in patterns(module)
        if repeats_group_possessively(pattern)
    ]
    assert found == []


@pytest.mark.parametrize(("text", "found"), [(r"(?:a(?!b))*+", True), (r"[ab]*+a++.?+", False)])
def test_possessive_repetition_of_a_group_is_found(text: str, found: bool):
    assert repeats_group_possessively(re.compile(text)) is found
