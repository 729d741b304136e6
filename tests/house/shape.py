"""Where things lie: folders, packages, layers, and tests that mirror the trees by name."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

from tests.house.tree import PRODUCT, TREES, imports, modules, over, parsed

MAX_MODULES = 12
ONLY_PACKAGES = ("harness", "reports")


def crowded_folders(root: Path) -> list[str]:
    """Return the folders with too many modules."""
    counts = Counter(path.parent for tree in TREES for path in modules(root, tree))
    return [
        f"{folder.relative_to(root)}: {count} modules, limit {MAX_MODULES}; make a package of some"
        for folder, count in sorted(counts.items())
        if count > MAX_MODULES
    ]


def loose_modules(root: Path) -> list[str]:
    """Return the modules that lie beside the packages of a tree that holds only packages."""
    return [
        f"{path.relative_to(root)}: a loose module; {tree}/ holds packages only"
        for tree in ONLY_PACKAGES
        for path in modules(root, tree)
        if path.parent == root / tree
    ]


def packages_in_no_layer(root: Path) -> list[str]:
    """Return the packages that do not stand in exactly one layer of the import contracts."""
    configured = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = configured.get("tool", {}).get("importlinter", {}).get("contracts", [])
    places = Counter(
        name.strip(" ()")
        for contract in contracts
        if contract["type"] == "layers"
        for layer in contract["layers"]
        for name in layer.replace(":", "|").split("|")
    )
    packages = [
        f"{tree}.{path.parent.name}"
        for tree in ONLY_PACKAGES
        for path in sorted((root / tree).glob("*/__init__.py"))
    ]
    return [
        f"{name}: stands in {places[name]} layers of [tool.importlinter] in pyproject.toml, not 1"
        for name in packages
        if places[name] != 1
    ]


def mirror_gaps(root: Path) -> dict[str, int]:
    """Return the modules without a test of their name, and the tests without a module."""
    gaps = []
    for tree in PRODUCT:
        for path in modules(root, tree):
            place = path.relative_to(root)
            is_scenario = tree == "scenarios" and path.name.startswith("test_")
            # A defect is proven by the test of its folder, beside its siblings.
            is_defect = tree == "defects" and len(place.parts) > 2
            if (
                not is_scenario
                and not is_defect
                and not (root / "tests" / place.parent / f"test_{path.name}").exists()
            ):
                gaps.append(place.as_posix())
        for path in modules(root, f"tests/{tree}"):
            place = path.relative_to(root / "tests")
            subject = root / place.parent / path.name.removeprefix("test_")
            scripts = (subject.with_suffix(suffix) for suffix in (".js", ".mjs"))
            subjects = (subject, *scripts, *_folder(tree, subject))
            if path.name.startswith("test_") and not any(s.exists() for s in subjects):
                gaps.append(path.relative_to(root).as_posix())
    return dict.fromkeys(gaps, 1)


def _folder(tree: str, subject: Path) -> tuple[Path, ...]:
    return (subject.with_suffix(""),) if tree == "defects" else ()


def unmirrored(root: Path) -> list[str]:
    """Return where tests/ does not mirror the trees by name."""
    message = "a/b/c.py and tests/a/b/test_c.py go together; the other is missing"
    return over(root, "mirror", mirror_gaps(root), message) + [
        f"{path.parent.relative_to(root)}: mirrors no folder of {tree}/"
        for tree in PRODUCT
        for path in sorted((root / "tests" / tree).rglob("__init__.py"))
        if not (root / path.parent.relative_to(root / "tests")).is_dir()
    ]


def tests_that_import_tests(root: Path) -> list[str]:
    """Return the imports of test modules: what tests share lies in a helper module."""
    return [
        f"{path.relative_to(root)}:{line}: imports the test module {name}; move what both need "
        "to a helper module"
        for path, tree in parsed(root)
        if path.is_relative_to(root / "tests")
        for line, name in imports(tree)
        if name.startswith("tests.") and name.rpartition(".")[2].startswith("test_")
    ]
