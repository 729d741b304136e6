"""The house rules hold in this tree, and each of them finds the violation planted for it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import ROOT
from tests import house_rules as rules

Rule = Callable[[Path], list[str]]

PYPROJECT = """
[project]
dependencies = ["aiohttp==1.2", "psycopg[binary,pool]==3.0", "uvloop==0.2; sys_platform != 'win32'"]
[project.optional-dependencies]
dev = ["types_x==4.5"]
"""
LOCK = """aiohttp==1.2 \\
    --hash=sha256:00
psycopg==3.0 \\
    --hash=sha256:01
types-x==4.5 \\
    --hash=sha256:02
uvloop==0.2 ; sys_platform != 'win32' \\
    --hash=sha256:03
"""

PLANTED = [
    (rules.too_long_files, "servers/big.py", '"""Big."""\n' + "x = 1\n" * 400, "401 lines"),
    (rules.too_long_files, "servers/client/big.js", "let x = 1;\n" * 401, "401 lines"),
    (
        rules.too_long_functions,
        "reports/long.py",
        '"""Long."""\nasync def wanders() -> None:\n' + "    x = 1\n" * 70,
        "reports/long.py:2 wanders: 71 lines, limit 70",
    ),
    (rules.modules_without_docstring, "harness/silent.py", "x = 1\n", "no docstring"),
    (
        rules.locust_imports,
        "harness/sly.py",
        '"""Sly."""\ndef late() -> None:\n    from locust.env import Environment\n',
        "harness/sly.py:3: imports locust",
    ),
    (rules.places_in_lock, "requirements.lock", "-i https://mirror.example\n", "names a place"),
    (rules.places_in_lock, "requirements.lock", "--find-links ./wheels\n", "names a place"),
    (rules.places_in_lock, "harness/x.lock", "x @ https://a.example/x.whl\n", "names a place"),
    (rules.machine_paths, "docs/notes.md", "see /ho" + "me/somebody/notes\n", "one machine"),
    (
        rules.pins_that_the_lock_lacks,
        "requirements.lock",
        LOCK.replace("psycopg==3.0", "psycopg==3.1"),
        "psycopg[binary,pool]==3.0: not in requirements.lock",
    ),
    (
        rules.pins_that_the_lock_lacks,
        "pyproject.toml",
        PYPROJECT.replace("types_x==4.5", "types_x>=4"),
        "not pinned",
    ),
]
RULES = list(dict.fromkeys(rule for rule, *_ in PLANTED))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_our_tree_keeps_the_rule(rule: Rule) -> None:
    assert not (wrong := rule(ROOT)), "\n".join(wrong)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_tree_without_violations_is_left_in_peace(rule: Rule, tmp_path: Path) -> None:
    assert rule(_innocent_tree(tmp_path)) == []


@pytest.mark.parametrize(
    ("rule", "place", "text", "message"), PLANTED, ids=[f"{r.__name__}-{p}" for r, p, *_ in PLANTED]
)
def test_a_planted_violation_is_found(
    rule: Rule, place: str, text: str, message: str, tmp_path: Path
) -> None:
    tree = _innocent_tree(tmp_path)
    (tree / place).write_text(text)
    assert [line for line in rule(tree) if message in line]


def test_the_rules_see_our_files() -> None:
    """A rule that looks at nothing would always hold."""
    seen = {path.relative_to(ROOT).parts[0] for path in rules.source_files(ROOT, ".py")}
    assert set(rules.TREES) - {"scenarios"} <= seen


def _innocent_tree(root: Path) -> Path:
    for folder in ("harness/load", "servers/client", "reports", "scenarios/workloads", "docs"):
        (root / folder).mkdir(parents=True)
    longest = '"""At the limit."""\ndef long_enough() -> None:\n' + "    x = 1\n" * 69
    (root / "harness" / "limit.py").write_text(longest + "# more\n" * 329)
    for place in ("harness/load/child.py", "scenarios/workloads/steady.py"):
        (root / place).write_text('"""May."""\nimport locust\n')
    (root / "docs" / "notes.md").write_text("see https://example.org/home/x and ~/.cache/x\n")
    (root / "requirements.lock").write_text(LOCK)
    (root / "pyproject.toml").write_text(PYPROJECT)
    return root


def test_the_limit_itself_is_allowed(tmp_path: Path) -> None:
    tree = _innocent_tree(tmp_path)
    length = len((tree / "harness" / "limit.py").read_text().splitlines())
    assert length == rules.MAX_FILE_LINES
    shutil.rmtree(tree / "docs")
