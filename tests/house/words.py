"""The language: one word is one type, the field's words only, docstrings that say something."""

from __future__ import annotations

import ast
import importlib
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import PRODUCT, nodes, over, parsed, source_files

AVOIDED = {
    "told": "said what to whom? 'reported', 'received', 'announced'",
    "said": "name what it is: 'reported', 'output', 'reason'",
    "wish": "'option', 'override' or 'request'",
    "wishes": "'options', 'overrides' or 'requests'",
    "wished": "'requested'",
    "whoever": "name who: 'the caller', 'the visitor'",
    "nobody": "name who: 'no process', 'no visitor', 'none'",
    "nought": "'zero'",
    "mend": "'fix', 'remedy' or 'command'",
    "mends": "'fixes'",
    "mended": "'fixed'",
    "not to be had": "'unsupported' or 'unavailable'",
    "so-maniest": "'nth'",
    "so many": "name the number: 'a given number of'",
}
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_PHRASES = re.compile("|".join(p.replace(" ", r"\s+") for p in AVOIDED if not p.isalpha()))
_PROSE = (".py", ".js", ".mjs", ".md", ".j2", ".toml", ".sql", ".css")
_NAMES_THEM = ("tests/house/", "tests/test_house.py")


def avoided_words(root: Path) -> dict[str, int]:
    """Return how many words that we avoid each file has, names and texts alike."""
    found = {}
    for path in source_files(root, *_PROSE):
        place = path.relative_to(root).as_posix()
        text = path.read_text(encoding="utf-8")
        count = sum(word.lower() in AVOIDED for word in _WORDS.findall(text))
        count += len(_PHRASES.findall(text.lower()))
        if count and not place.startswith(_NAMES_THEM):
            found[place] = count
    return found


def private_idiom(root: Path) -> list[str]:
    """Return the files with more avoided words than allowed; fewer is always fine."""
    message = "uses words we avoid; tests/house/words.py lists them with the field's words"
    return over(root, "words", avoided_words(root), message, exact=False)


def doubled_classes(root: Path) -> dict[str, int]:
    """Return the public class names of the product that are defined more than once."""
    names = Counter(node.name for _, node in _classes(root) if not node.name.startswith("_"))
    return {name: count for name, count in names.items() if count > 1}


def words_with_two_types(root: Path) -> list[str]:
    """Return the public class names that mean more than one type."""
    message = "names more than one class; one word is one type"
    return over(root, "class_names", doubled_classes(root), message)


def bare_kinds(root: Path) -> list[str]:
    """Return where a kind of row, or an outcome, is compared with a word instead of its type."""
    return [
        f"{path.relative_to(root)}:{node.lineno}: compares a {'/'.join(_CLOSED)} with a word; "
        "reports.core.kinds selects by the types of harness.ledger.kinds"
        for path, module in parsed(root)
        if path.relative_to(root).parts[0] in PRODUCT
        for node in nodes(module, ast.Compare, ast.Call)
        if _compares_a_word(node)
    ]


_CLOSED = ("kind", "outcome")
"""Columns whose words are types of the ledger."""


def _compares_a_word(node: ast.Compare | ast.Call) -> bool:
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
    elif isinstance(node.func, ast.Attribute) and node.func.attr in ("isin", "eq", "ne"):
        sides = [node.func.value, *node.args]
    else:
        return False
    columns = [side for side in sides if isinstance(side, ast.Subscript)]
    names = [str(one.slice.value) for one in columns if isinstance(one.slice, ast.Constant)]
    words = [one for side in sides if side not in columns for one in ast.walk(side)]
    return any(name.split("_")[0] in _CLOSED for name in names) and any(
        isinstance(one, ast.Constant) and isinstance(one.value, str) for one in words
    )


def silent_methods(root: Path) -> list[str]:
    """Return the public methods without a docstring that implement no documented one.

    A method is exempt when a base class documents it (ours or the standard library's), or a
    protocol whose methods the class has all, with the same parameters: there the reader finds what
    it does. This is ruff's D102 for a Python without ``typing.override``.
    """
    classes = list(_classes(root))
    by_name: dict[str, list[ast.ClassDef]] = {}
    for _, node in classes:
        by_name.setdefault(node.name, []).append(node)
    protocols = [node for _, node in classes if "Protocol" in _bases(node)]
    wrong = []
    for path, node in classes:
        lineage = [node, *_ancestors(node, by_name)]
        contracts = lineage[1:] + [
            p for c in lineage for p in protocols if _implements(c, p, by_name)
        ]
        documented = {m.name for c in contracts for m in _methods(c) if ast.get_docstring(m)}
        documented |= {name for c in lineage for base in _bases(c) for name in _of_python(base)}
        wrong += [
            f"{path.relative_to(root)}:{method.lineno} {node.name}.{method.name}: no docstring, "
            "and it implements no documented method"
            for method in _methods(node)
            if _needs_docstring(node, method) and method.name not in documented
        ]
    return wrong


_Method = ast.FunctionDef | ast.AsyncFunctionDef


def _classes(root: Path) -> Iterator[tuple[Path, ast.ClassDef]]:
    """Yield the top-level classes of the product."""
    for path, tree in parsed(root):
        if path.relative_to(root).parts[0] in PRODUCT:
            yield from ((path, node) for node in tree.body if isinstance(node, ast.ClassDef))


def _methods(node: ast.ClassDef) -> list[_Method]:
    return [member for member in node.body if isinstance(member, _Method)]


def _bases(node: ast.ClassDef) -> list[str]:
    bare = [base.value if isinstance(base, ast.Subscript) else base for base in node.bases]
    return [ast.unparse(base) for base in bare]


def _ancestors(
    node: ast.ClassDef, by_name: dict[str, list[ast.ClassDef]]
) -> Iterator[ast.ClassDef]:
    for base in _bases(node):
        for ancestor in by_name.get(base, []):
            if ancestor is not node:
                yield ancestor
                yield from _ancestors(ancestor, by_name)


def _of_python(base: str) -> list[str]:
    """Return the documented methods of a base class of the standard library, by dotted name."""
    module, _, name = base.rpartition(".")
    if module not in sys.stdlib_module_names:
        return []
    known = getattr(importlib.import_module(module), name)
    return [method for method in dir(known) if getattr(known, method).__doc__]


def _implements(
    node: ast.ClassDef, protocol: ast.ClassDef, by_name: dict[str, list[ast.ClassDef]]
) -> bool:
    lineage = [node, *_ancestors(node, by_name)]
    has = {(m.name, _parameters(m)) for c in lineage for m in _methods(c)}
    return node is not protocol and has.issuperset(
        (m.name, _parameters(m)) for m in _methods(protocol)
    )


def _parameters(method: _Method) -> frozenset[str]:
    every = method.args.posonlyargs + method.args.args + method.args.kwonlyargs
    return frozenset(argument.arg for argument in every)


def _needs_docstring(node: ast.ClassDef, method: _Method) -> bool:
    public = not node.name.startswith("_") and not method.name.startswith("_")
    names = [
        d.attr if isinstance(d, ast.Attribute) else getattr(d, "id", "")
        for d in method.decorator_list
    ]
    return public and ast.get_docstring(method) is None and not {"setter", "overload"} & set(names)
