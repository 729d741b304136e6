"""How processes are started and databases connected to: nothing of others gets in."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import PRODUCT, nodes, parsed

_STARTS = {
    "subprocess": ("run", "Popen", "call", "check_call", "check_output"),
    "asyncio": ("create_subprocess_exec", "create_subprocess_shell"),
}
_ALWAYS = {
    "subprocess": ("getoutput", "getstatusoutput"),
    "os": (
        *("system", "popen", "execv", "execvp", "execl", "execlp", "spawnv", "spawnl", "spawnvp"),
        *("execve", "execvpe", "execle", "execlpe", "spawnve", "posix_spawn", "posix_spawnp"),
    ),
    "playwright.async_api": ("async_playwright",),
    "pty": ("spawn",),
    "multiprocessing": ("Process", "Pool"),
    "concurrent.futures": ("ProcessPoolExecutor",),
}
"""Start one in the caller's environment, or in one that this rule cannot see."""
_MEASURES = ("harness/", "servers/topology/")
_METHODS = ("launch", "launch_persistent_context", "launch_server")
"""Playwright's, which start a browser."""
_MAY = {"harness/core/environment.py": "execve", "harness/browsers/pool.py": "async_playwright"}
"""The first starts the harness itself anew, the second sets this process's own environment for the
moment in which Playwright hands it to its driver."""


def children_in_the_callers_environment(root: Path) -> list[str]:
    """Return the places that start a process without an environment of its own."""
    wrong = []
    for path, tree in parsed(root):
        place = path.relative_to(root)
        if place.parts[0] not in PRODUCT:
            continue
        for line, what in _starts(tree):
            if _MAY.get(place.as_posix()) == what:
                continue
            wrong.append(
                f"{place}:{line}: {what} starts a process in the caller's environment; say "
                "env=child_environment() (harness/core/environment.py)"
            )
    return wrong


def connections_that_prepare(root: Path) -> list[str]:
    """Return the places of what measures that connect to a database and may prepare statements."""
    return [
        f"{path.relative_to(root)}:{node.lineno}: connects without prepare_threshold=None; "
        "behind a pooler a prepared statement may be another client's"
        for path, tree in parsed(root)
        if path.relative_to(root).as_posix().startswith(_MEASURES)
        for node in nodes(tree, ast.Call)
        if ast.unparse(node.func).endswith(("psycopg.connect", "Connection.connect"))
        and not any(
            word.arg == "prepare_threshold" and ast.unparse(word.value) == "None"
            for word in node.keywords
        )
    ]


def _starts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    names = _names(tree)
    for node in nodes(tree, ast.Call):
        module, name = _called(node.func, names)
        if name in _ALWAYS.get(module, ()):
            yield node.lineno, name
        elif name in _STARTS.get(module, ()) or (
            isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS
        ):
            env = next((word.value for word in node.keywords if word.arg == "env"), None)
            if env is None or _names_the_callers(env):
                yield node.lineno, name


def _called(function: ast.expr, names: dict[str, str]) -> tuple[str, str]:
    """Return module and name of what is called, as it was imported."""
    text = ast.unparse(function)
    head, _, rest = text.partition(".")
    whole = ".".join(part for part in (names.get(head, head), rest) if part)
    module, _, name = whole.rpartition(".")
    return module, name


def _names(tree: ast.Module) -> dict[str, str]:
    """Return local name → what it was imported as."""
    found = {}
    for node in nodes(tree, ast.Import):
        found |= {alias.asname: alias.name for alias in node.names if alias.asname}
    for node in nodes(tree, ast.ImportFrom):
        for alias in node.names:
            found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return found


def _names_the_callers(env: ast.expr) -> bool:
    is_none = isinstance(env, ast.Constant) and env.value is None
    return is_none or "environ" in {
        name
        for node in ast.walk(env)
        for name in (getattr(node, "attr", None), getattr(node, "id", None))
    }
