"""Libraries are extended by subclass, setting and signal; core.library_patches lists the rest."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OURS = ("core", "accounts", "articles")
PATCHES = ROOT / "core/library_patches.py"
SOURCES = [path for each in OURS for path in (ROOT / each).rglob("*.py") if path != PATCHES]


def parsed() -> Iterator[tuple[Path, ast.Module]]:
    for path in SOURCES:
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def foreign_names(tree: ast.Module) -> set[str]:
    """What a module imports from outside the project."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {(each.asname or each.name).partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] not in OURS:
            names |= {each.asname or each.name for each in node.names}
    return names


def assigned(tree: ast.Module) -> Iterator[ast.expr]:
    """The objects whose attributes are set, by assignment or setattr()."""
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else []
        yield from (each.value for each in targets if isinstance(each, ast.Attribute))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "setattr":
            yield node.args[0]


def test_no_attribute_of_a_library_is_replaced_elsewhere() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{each.lineno}: {ast.unparse(each)}"
        for path, tree in parsed()
        for each in assigned(tree)
        if ast.unparse(each).partition(".")[0] in foreign_names(tree)
    ]
    assert found == []


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
