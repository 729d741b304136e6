"""The functions of a module: what each is hashed by, and a form that mutmut mutates whole."""

from __future__ import annotations

import ast
import hashlib
import io
import tokenize
from collections.abc import Iterator

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_KEPT = ("staticmethod", "classmethod", "overload")


def digests(source: str) -> dict[str, str]:
    """Return qualified name → hash of every function and method that mutmut may mutate.

    The hash is taken of the lines, so that it is the same under every Python; docstrings,
    comments, blank lines and the place in the file do not count.
    """
    lines = _without_comments(source)
    found: dict[str, str] = {}
    for name, node in _functions(ast.parse(source)):
        dropped = {number for inner in ast.walk(node) for number in _docstring(inner)}
        body = [
            line
            for number, line in enumerate(lines[_first_line(node) - 1 : node.end_lineno], start=1)
            if line.strip() and number + _first_line(node) - 1 not in dropped
        ]
        text = found.get(name, "") + "\n".join(body)
        found[name] = hashlib.sha256(text.encode()).hexdigest()[:16]
    return found


def undecorated(source: str) -> str:
    """Return the module with ``@decorator`` written as ``name = decorator(name)`` below.

    The two mean the same, but mutmut leaves decorated functions alone, and every check is one.
    """
    lines = source.splitlines()
    nodes = sorted((node for _, node in _functions(ast.parse(source))), key=_first_line)
    for node in reversed(nodes):
        if not node.decorator_list or not all(_is_plain(d, node.name) for d in node.decorator_list):
            continue
        indent = " " * node.col_offset
        calls = [
            f"{indent}{node.name} = ({ast.unparse(decorator)})({node.name})"
            for decorator in reversed(node.decorator_list)
        ]
        lines[node.end_lineno : node.end_lineno] = calls
        del lines[_first_line(node) - 1 : node.lineno - 1]
    return "\n".join(lines) + "\n"


def _is_plain(decorator: ast.expr, name: str) -> bool:
    """Return whether the decorator can be a call below: ``@name.setter`` needs the earlier name."""
    words = {node.id for node in ast.walk(decorator) if isinstance(node, ast.Name)}
    return words.isdisjoint((*_KEPT, name))


def _functions(module: ast.Module) -> Iterator[tuple[str, _Function]]:
    for node in module.body:
        if isinstance(node, _Function):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, _Function):
                    yield f"{node.name}.{method.name}", method


def _first_line(node: _Function) -> int:
    return min(node.lineno, *(one.lineno for one in node.decorator_list), node.lineno)


def _docstring(node: ast.AST) -> range:
    """Return the lines of a definition's docstring."""
    if isinstance(node, _Function | ast.ClassDef) and ast.get_docstring(node) is not None:
        return range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)
    return range(0)


def _without_comments(source: str) -> list[str]:
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    return [line.rstrip() for line in lines]
