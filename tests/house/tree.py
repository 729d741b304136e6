"""The files of the tree, parsed once each, and the allow-lists."""

from __future__ import annotations

import ast
import functools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.core.loading import loading

PRODUCT = ("harness", "scenarios", "servers", "reports", "benchmarks", "defects")
TREES = (*PRODUCT, "tests")
_NOT_MODULES = ("__init__.py", "__main__.py", "conftest.py")


def source_files(root: Path, *suffixes: str) -> list[Path]:
    """Return our own files of the trees and of the top level, sorted."""
    inside = [path for tree in TREES for path in (root / tree).rglob("*") if path.is_file()]
    inside += [path for path in root.iterdir() if path.is_file()]
    inside += [path for path in (root / "docs").rglob("*") if path.is_file()]
    return sorted(path for path in inside if path.suffix in suffixes)


def modules(root: Path, tree: str) -> list[Path]:
    """Return a tree's modules, sorted; packages' own files and conftest are none."""
    return sorted(p for p in (root / tree).rglob("*.py") if p.name not in _NOT_MODULES)


def parsed(root: Path) -> Iterator[tuple[Path, ast.Module]]:
    """Yield every Python file with its syntax tree."""
    for path in source_files(root, ".py"):
        yield path, _parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name of every absolute import."""
    for node in nodes(tree, ast.Import):
        yield from ((node.lineno, alias.name) for alias in node.names)
    for node in nodes(tree, ast.ImportFrom):
        if node.level == 0:
            yield node.lineno, node.module or ""


def nodes(tree: ast.Module, *types: type[ast.AST]) -> Iterator[Any]:
    """Yield the nodes of these types, type by type, each type in the order of the file."""
    found = _by_type(tree)
    for one in types:
        yield from found.get(one, ())


@functools.cache
def _by_type(tree: ast.Module) -> Mapping[type[ast.AST], Sequence[ast.AST]]:
    """Return type → nodes: rules look through a few of two million.

    ``ast.walk`` asks every node for its fields by name, which takes three times as long.
    """
    found: dict[type[ast.AST], list[ast.AST]] = defaultdict(list)
    ahead: list[Any] = [tree]
    while ahead:
        node = ahead.pop()
        if isinstance(node, list):
            ahead.extend(reversed(node))
        elif isinstance(node, ast.AST):
            found[type(node)].append(node)
            ahead.extend(reversed(node.__dict__.values()))
    return found


@functools.cache
def _parse(text: str) -> ast.Module:
    with loading():  # the trees are kept: no collector looks through them for every next one
        return ast.parse(text)


def list_file(root: Path, name: str) -> Path:
    """Return where an allow-list lies."""
    return root / "tests" / "house" / "allowed" / f"{name}.txt"


def allowed(root: Path, name: str) -> dict[str, int]:
    """Return an allow-list: entry → how often; a line is ``ENTRY`` or ``ENTRY: COUNT``."""
    path = list_file(root, name)
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    pairs = (line.partition(": ") for line in lines if line and not line.startswith("#"))
    return {entry: int(count or 1) for entry, _, count in pairs}


def over(
    root: Path, name: str, found: Mapping[str, int], message: str, *, exact: bool = True
) -> list[str]:
    """Return what is found more often than allowed, and, if ``exact``, entries not needed so."""
    limit = allowed(root, name)
    wrong = [
        f"{entry}: {message}" + (f" ({count}, allowed {limit[entry]})" if entry in limit else "")
        for entry, count in sorted(found.items())
        if count > limit.get(entry, 0)
    ]
    if exact:
        wrong += [
            f"{entry}: needed {found.get(entry, 0)} times, not {count}; lower it in "
            f"{list_file(root, name).relative_to(root)} (python -m tests.house does)"
            for entry, count in sorted(limit.items())
            if found.get(entry, 0) < count
        ]
    return wrong
