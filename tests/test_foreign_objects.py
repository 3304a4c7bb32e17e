"""Libraries are extended by subclass, setting and signal; core.library_patches lists the rest."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.processes import ROOT
from tests.own_apps import OWN_APPS

PATCHES = ROOT / "core/library_patches.py"
SOURCES = [path for each in OWN_APPS for path in (ROOT / each).rglob("*.py") if path != PATCHES]


def parsed() -> Iterator[tuple[Path, ast.Module]]:
    for path in SOURCES:
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def foreign_names(tree: ast.Module) -> set[str]:
    """What a module imports from outside the project, and its other names for that."""
    names: set[str] = set()
    aliases: list[tuple[str, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {(each.asname or each.name).partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] not in OWN_APPS:
            names |= {each.asname or each.name for each in node.names}
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value:
            aliases += [(ast.unparse(each), root(node.value)) for each in targets(node)]
    while new := {alias for alias, name in aliases if name in names} - names:
        names |= new
    return names


def root(expression: ast.expr) -> str:
    """`a` of `a.b.c`; "" for any other expression, such as a call, whose value is a new object."""
    while isinstance(expression, ast.Attribute):
        expression = expression.value
    return expression.id if isinstance(expression, ast.Name) else ""


def targets(node: ast.AST) -> Iterator[ast.expr]:
    """What a statement binds, changes or deletes."""
    found = getattr(node, "targets", None) or [getattr(node, "target", None)]
    for each in found:
        yield from each.elts if isinstance(each, ast.Tuple | ast.List) else [each]


def changed(tree: ast.Module) -> Iterator[ast.expr]:
    """The objects whose attributes are set or deleted, by a statement, setattr() or delattr()."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Delete | ast.For):
            yield from (each.value for each in targets(node) if isinstance(each, ast.Attribute))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("setattr", "delattr"):
            yield node.args[0]


def replaced(tree: ast.Module) -> list[ast.expr]:
    names = foreign_names(tree)
    return [each for each in changed(tree) if root(each) in names]


def test_no_attribute_of_a_library_is_replaced_elsewhere() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{each.lineno}: {ast.unparse(each)}"
        for path, tree in parsed()
        for each in replaced(tree)
    ]
    assert found == []


@pytest.mark.parametrize(
    "lines",
    [
        "json.dumps = x",
        "json.dumps += x",
        "json.dumps: object = x",
        "del json.dumps",
        "json.dumps, y = x",
        "setattr(json, 'dumps', x)",
        "delattr(json.decoder, 'x')",
        "other = json\nother.dumps = x",
        "one: Any = json.decoder\ndef f():\n    two = one\n    two.x += 1",
        "(other := json).dumps\nother.dumps = x",
    ],
)
def test_each_way_to_replace_an_attribute_is_found(lines: str) -> None:
    assert replaced(ast.parse(f"import json\n{lines}"))
    assert not replaced(ast.parse(f"from core import json\n{lines}"))


def test_private_attributes_of_responses_are_used_there_only() -> None:
    private = {"_resource_closers", "_has_been_logged"}
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, tree in parsed()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in private
    ]
    assert found == []


def test_no_module_reads_frames_of_python() -> None:
    readers = [path.name for path, tree in parsed() if "_getframe" in ast.unparse(tree)]
    assert readers == []
