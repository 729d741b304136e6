"""What a file may hold: lengths, docstrings, imports of Locust, places of one machine, pins."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

from tests.house.tree import imports, nodes, parsed, source_files

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 70
MAY_IMPORT_LOCUST = ("harness/load/", "scenarios/workloads/")

_TARGET_NEUTRAL = ("harness", "scenarios", "reports")
_REFERENCE = "harness/target/reference"
_OF_THE_REFERENCE = re.compile(
    r"/api/|batch-impressions|/display\b|/readyz|/healthz|/metrics\b|\bingest_\w+"
    r"|window\.impressions\b|\bartwork-0\d*"
)
_MACHINE_PATH = re.compile(r"(?<![\w/.<-])/(?:home|root|Users|work|opt)/[\w.-]+")
_OUR_PATH = re.compile(r"`((?:harness|reports|scenarios|servers|tests|benchmarks|docs)/[\w./-]+)`")
_MAY_NAME_WHAT_WAS = ("CHANGELOG.md",)
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def too_long_files(root: Path) -> list[str]:
    """Return the source files over the limit."""
    wrong = []
    for path in source_files(root, ".py", ".js", ".mjs"):
        length = len(path.read_text(encoding="utf-8").splitlines())
        if length > MAX_FILE_LINES:
            wrong.append(f"{path.relative_to(root)}: {length} lines, limit {MAX_FILE_LINES}")
    return wrong


def too_long_functions(root: Path) -> list[str]:
    """Return the Python functions over the limit, decorators not counted."""
    wrong = []
    for path, tree in parsed(root):
        for node in nodes(tree, ast.FunctionDef, ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MAX_FUNCTION_LINES:
                where = f"{path.relative_to(root)}:{node.lineno} {node.name}"
                wrong.append(f"{where}: {length} lines, limit {MAX_FUNCTION_LINES}")
    return wrong


def modules_without_docstring(root: Path) -> list[str]:
    """Return the modules that do not say what they promise; tests say it by their names."""
    return [
        f"{path.relative_to(root)}: no docstring that says what the module promises"
        for path, tree in parsed(root)
        if path.relative_to(root).parts[0] != "tests" and ast.get_docstring(tree) is None
    ]


def locust_imports(root: Path) -> list[str]:
    """Return the places outside the load generator that import locust."""
    wrong = []
    for path, tree in parsed(root):
        place = path.relative_to(root)
        if place.as_posix().startswith(MAY_IMPORT_LOCUST):
            continue
        wrong += [
            f"{place}:{line}: imports locust, which patches the whole process; only "
            "harness/load and scenarios/workloads may, in a child process"
            for line, name in imports(tree)
            if name.split(".")[0] == "locust"
        ]
    return wrong


def places_in_lock(root: Path) -> list[str]:
    """Return the lines of the lock files that name a place to fetch from."""
    wrong = []
    for path in sorted([*root.glob("*.lock"), *(root / "harness").rglob("*.lock")]):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            bare = line.strip()
            if "://" in bare or (
                bare.startswith(("-", "file:", "/", ".")) and "--hash=" not in bare
            ):
                wrong.append(f"{path.relative_to(root)}:{number}: names a place: {bare[:60]}")
    return wrong


def pins_that_the_lock_lacks(root: Path) -> list[str]:
    """Return the requirements of pyproject.toml that requirements.lock does not hold as pinned."""
    locked = dict(_PINNED.findall((root / "requirements.lock").read_text(encoding="utf-8")))
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    own = f"{project['name']}["
    extras = [one for extra in project["optional-dependencies"].values() for one in extra]
    wanted = [*project["dependencies"], *[one for one in extras if not one.startswith(own)]]
    wrong = []
    for requirement in wanted:
        plain = re.sub(r"\[.*?\]", "", requirement)
        match = _PINNED.match(plain)
        if match is None:
            wrong.append(f"{requirement}: not pinned to one version")
        elif locked.get(match[1].lower().replace("_", "-")) != match[2]:
            wrong.append(f"{requirement}: not in requirements.lock; say make lock")
    return wrong


def words_of_one_target(root: Path) -> list[str]:
    """Return the places outside its package that name what only the reference system has.

    A target's paths, metrics, scripts and ids belong in a dialect or a page contract.
    """
    wrong = []
    for path in source_files(root, ".py", ".js", ".mjs", ".j2", ".html"):
        place = path.relative_to(root)
        if place.parts[0] not in _TARGET_NEUTRAL or place.is_relative_to(_REFERENCE):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            wrong += [
                f"{place}:{number}: {found} is the reference system's; take it from the target's "
                f"dialect or page (harness/target), whose reference is in {_REFERENCE}"
                for found in _OF_THE_REFERENCE.findall(line)
            ]
    return wrong


def machine_paths(root: Path) -> list[str]:
    """Return the places that name a path of somebody's machine."""
    wrong = []
    for path in source_files(root, ".py", ".js", ".mjs", ".md", ".toml", ".lock", ".sql", ".j2"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            wrong += [
                f"{path.relative_to(root)}:{number}: a path of one machine: {found}"
                for found in _MACHINE_PATH.findall(line)
            ]
    return wrong


def missing_paths(root: Path) -> list[str]:
    """Return the places of the documents that name one of our files or folders that is not there.

    CONTRIBUTING.md may name files that its own blocks create.
    """
    wrong = []
    for path in source_files(root, ".md"):
        text = path.read_text(encoding="utf-8")
        if path.name in _MAY_NAME_WHAT_WAS:
            continue
        wrong += [
            f"{path.relative_to(root)}: there is no {named}"
            for named in dict.fromkeys(_OUR_PATH.findall(text))
            if not (root / named).exists() and f"\n# {named}\n" not in text
        ]
    return wrong
