"""Doors: stored files are opened, and terminals written to, in one place each."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.house.tree import nodes, over, parsed

_STORED = ("reports/", "harness/ledger/")
_DOOR = "harness/ledger/door.py"
_SHOWN = ("harness/", "reports/", "scenarios/")
_OUTPUT = "harness/cli/output.py"
_PRINTS = {"echo", "secho", "print", "print_exception", "print_json", "Console"}
_STREAMS = {"stdout", "stderr"}

_OPENS = {
    *("open", "read_text", "read_bytes", "write_text", "write_bytes", "unlink", "mkdir", "rmdir"),
    *("touch", "symlink_to", "hardlink_to", "exists", "is_file", "is_dir", "stat", "lstat"),
    *("iterdir", "rglob", "OSFile", "memory_map"),
}
_MODULES = {"os", "shutil", "tempfile", "zipfile", "tarfile", "gzip"}
_HARMLESS = {"getpid", "cpu_count", "fstat"}


def opened_elsewhere(root: Path) -> dict[str, int]:
    """Return how many calls that open or look at files each module has, the door left out."""
    return _counted(root, _STORED, _DOOR, _opens)


def stored_files_opened_elsewhere(root: Path) -> list[str]:
    """Return the modules of the ledger and the reports that open files past the door."""
    message = f"opens or looks at files; a stored run is read and written through {_DOOR}"
    return over(root, "opens", opened_elsewhere(root), message)


def printed_elsewhere(root: Path) -> dict[str, int]:
    """Return how many calls that print each module has, the module of the output left out."""
    return _counted(root, _SHOWN, _OUTPUT, _prints)


def terminals_written_elsewhere(root: Path) -> list[str]:
    """Return the modules that print past the one that cleans what it prints."""
    message = f"prints by itself; {_OUTPUT} cleans what goes to a terminal"
    return over(root, "prints", printed_elsewhere(root), message)


def _counted(
    root: Path, trees: tuple[str, ...], door: str, counts: Callable[[ast.Call], bool]
) -> dict[str, int]:
    found: Counter[str] = Counter()
    for path, module in parsed(root):
        place = path.relative_to(root).as_posix()
        if place.startswith(trees) and place != door:
            found[place] += sum(counts(call) for call in nodes(module, ast.Call))
    return {place: count for place, count in found.items() if count}


def _opens(call: ast.Call) -> bool:
    if isinstance(call.func, ast.Name):
        return call.func.id == "open"
    if not isinstance(call.func, ast.Attribute):
        return False
    owner = call.func.value.id if isinstance(call.func.value, ast.Name) else ""
    if owner in _MODULES:
        return call.func.attr not in _HARMLESS
    return call.func.attr in _OPENS and owner != "door"


def _prints(call: ast.Call) -> bool:
    if isinstance(call.func, ast.Name):
        return call.func.id in ("print", "Console")
    if not isinstance(call.func, ast.Attribute):
        return False
    owner = call.func.value
    is_stream = isinstance(owner, ast.Attribute) and owner.attr in _STREAMS
    return call.func.attr in _PRINTS or (is_stream and call.func.attr.startswith("write"))
