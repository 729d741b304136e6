"""The house rules hold in this tree, and each of them finds the violation planted for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import ROOT
from tests.house import doors, files, shape, starts, tree, words

pytestmark = pytest.mark.xdist_group("house")  # the tree is parsed once
Rule = Callable[[Path], list[str]]

PYPROJECT = """
[project]
name = "ours"
dependencies = ["aiohttp==1.2", "psycopg[binary,pool]==3.0", "uvloop==0.2; sys_platform != 'win32'"]
[project.optional-dependencies]
watched = ["sdk==1!6.0"]
dev = ["ours[watched]", "types_x==4.5"]
[[tool.importlinter.contracts]]
name = "each room imports only those below it"
type = "layers"
layers = ["harness.cli", "(scenarios) | reports", "harness.load | harness.core"]
[[tool.importlinter.contracts]]
name = "nothing imports the benchmarks"
type = "forbidden"
source_modules = ["harness.cli"]
forbidden_modules = ["benchmarks"]
"""
LOCK = """aiohttp==1.2 \\
    --hash=sha256:00
psycopg==3.0 \\
    --hash=sha256:01
sdk==1!6.0 \\
    --hash=sha256:04
types-x==4.5 \\
    --hash=sha256:02
uvloop==0.2 ; sys_platform != 'win32' \\
    --hash=sha256:03
"""

PLANTED = [
    (files.too_long_files, "servers/big.py", '"""Big."""\n' + "x = 1\n" * 400, "401 lines"),
    (files.too_long_files, "servers/client/big.js", "let x = 1;\n" * 401, "401 lines"),
    (
        files.too_long_functions,
        "reports/core/long.py",
        '"""Long."""\nasync def wanders() -> None:\n' + "    x = 1\n" * 70,
        "reports/core/long.py:2 wanders: 71 lines, limit 70",
    ),
    (files.modules_without_docstring, "harness/core/silent.py", "x = 1\n", "no docstring"),
    (
        files.locust_imports,
        "harness/core/sly.py",
        '"""Sly."""\ndef late() -> None:\n    from locust.env import Environment\n',
        "harness/core/sly.py:3: imports locust",
    ),
    (files.places_in_lock, "requirements.lock", "-i https://mirror.example\n", "names a place"),
    (files.places_in_lock, "requirements.lock", "--find-links ./wheels\n", "names a place"),
    (files.places_in_lock, "harness/x.lock", "x @ https://a.example/x.whl\n", "names a place"),
    (
        files.words_of_one_target,
        "reports/core/sly.py",
        '"""Sly."""\nPATH = "/display?view=blank"\n',
        "reports/core/sly.py:2: /display is the reference system's",
    ),
    (
        files.words_of_one_target,
        "harness/core/sly.js",
        "const page = window.impressions;\n",
        "harness/core/sly.js:1: window.impressions is the reference",
    ),
    (
        files.missing_paths,
        "docs/notes.md",
        "see `harness/gone.py`\n",
        "there is no harness/gone.py",
    ),
    (files.machine_paths, "docs/notes.md", "see /ho" + "me/somebody/notes\n", "one machine"),
    (
        files.pins_that_the_lock_lacks,
        "requirements.lock",
        LOCK.replace("psycopg==3.0", "psycopg==3.1"),
        "psycopg[binary,pool]==3.0: not in requirements.lock",
    ),
    (
        files.pins_that_the_lock_lacks,
        "pyproject.toml",
        PYPROJECT.replace("types_x==4.5", "types_x>=4"),
        "not pinned",
    ),
    (
        shape.crowded_folders,
        "servers/client/one_more.py",
        '"""One more."""\n',
        "servers/client: 13 modules, limit 12",
    ),
    (shape.loose_modules, "harness/loose.py", '"""Loose."""\n', "harness/loose.py: a loose module"),
    (shape.loose_modules, "reports/loose.py", '"""Loose."""\n', "reports/ holds packages only"),
    (
        shape.packages_in_no_layer,
        "harness/attic/__init__.py",
        '"""Attic."""\n',
        "harness.attic: stands in 0 layers",
    ),
    (
        shape.packages_in_no_layer,
        "pyproject.toml",
        PYPROJECT.replace('"harness.cli", "(', '"harness.cli", "harness.load", "('),
        "harness.load: stands in 2 layers",
    ),
    (
        shape.unmirrored,
        "harness/load/untested.py",
        '"""Untested."""\n',
        "load/untested.py: a/b/c.py",
    ),
    (shape.unmirrored, "tests/harness/load/test_gone.py", "", "load/test_gone.py: a/b/c.py"),
    (shape.unmirrored, "tests/harness/load/test_odd.py", "", "load/odd.py: needed 0 times, not 1"),
    (shape.unmirrored, "tests/harness/gone/__init__.py", "", "mirrors no folder of harness/"),
    (
        shape.tests_that_import_tests,
        "tests/harness/load/tables.py",
        "from tests.harness.load.test_child import TABLE\n",
        "tests/harness/load/tables.py:1: imports the test module tests.harness.load.test_child",
    ),
    (
        words.words_with_two_types,
        "servers/client/step.py",
        '"""Step."""\nclass Step: ...\n',
        "Step: names more than one class",
    ),
    (
        words.words_with_two_types,
        "servers/client/part.py",
        '"""Part."""\nclass Part: ...\n',
        "Part: names more than one class; one word is one type (3, allowed 2)",
    ),
    (
        words.words_with_two_types,
        "tests/house/allowed/class_names.txt",
        "Part: 3\n",
        "Part: needed 2 times, not 3",
    ),
    (
        words.private_idiom,
        "harness/load/odd.py",
        "nobody = told\n",
        "odd.py: uses words we avoid",
    ),
    (
        words.private_idiom,
        "harness/load/wishes.py",
        "x = 1\nlet_meWish = 1\n",
        "wishes.py: uses words",
    ),
    (words.private_idiom, "docs/notes.md", "It is not\nto be had.\n", "docs/notes.md: uses words"),
    (
        words.bare_kinds,
        "reports/core/bare.py",
        '"""Bare."""\nends = rows[rows["kind"] == "fault_end"]\n',
        "reports/core/bare.py:2: compares a kind/outcome with a word",
    ),
    (
        words.bare_kinds,
        "reports/core/bare.py",
        '"""Bare."""\nends = rows["kind"].isin(["drained", "undrained"])\n',
        "reports/core/bare.py:2: compares a kind/outcome with a word",
    ),
    (
        doors.stored_files_opened_elsewhere,
        "reports/core/sly.py",
        '"""Sly."""\ntext = (run / "run.json").read_text()\nopen(run)\nos.remove(run)\n',
        "reports/core/sly.py: opens or looks at files",
    ),
    (
        doors.stored_files_opened_elsewhere,
        "tests/house/allowed/opens.txt",
        "harness/ledger/door.py: 1\n",
        "harness/ledger/door.py: needed 0 times, not 1",
    ),
    (
        doors.terminals_written_elsewhere,
        "harness/core/sly.py",
        '"""Sly."""\nprint(name)\nclick.echo(name)\nsys.stderr.write(name)\n',
        "harness/core/sly.py: prints by itself",
    ),
    (
        words.silent_methods,
        "reports/core/silent.py",
        '"""Silent."""\nclass Goes:\n    def go(self, up: int) -> None: ...\n',
        "reports/core/silent.py:3 Goes.go: no docstring",
    ),
    (
        starts.connections_that_prepare,
        "harness/core/starts.py",
        '"""Starts."""\nimport psycopg\npsycopg.connect(dsn, prepare_threshold=5)\n',
        "harness/core/starts.py:3: connects without prepare_threshold=None",
    ),
    *(
        (
            starts.children_in_the_callers_environment,
            "harness/core/starts.py",
            f'"""Starts."""\n{text}\n',
            f"harness/core/starts.py:3: {name} starts a process in the caller's environment",
        )
        for name, text in (
            ("run", "import subprocess\nsubprocess.run(['true'])"),
            ("Popen", "from subprocess import Popen\nPopen(['true'], env={**os.environ})"),
            ("Popen", "import subprocess as s\ns.Popen(['true'], env=None)"),
            ("create_subprocess_exec", "import asyncio\nasyncio.create_subprocess_exec('true')"),
            ("execv", "import os\nos.execv('true', ['true'])"),
            ("system", "from os import system\nsystem('true')"),
            ("launch", "x = 1\ndriver.firefox.launch(headless=True)"),
            (
                "async_playwright",
                "from playwright.async_api import async_playwright as p\np()",
            ),
        )
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
    (tree / place).parent.mkdir(parents=True, exist_ok=True)
    (tree / place).write_text(text)
    assert [line for line in rule(tree) if message in line]


def test_the_rules_see_our_files() -> None:
    """A rule that looks at nothing would always hold."""
    seen = {path.relative_to(ROOT).parts[0] for path in tree.source_files(ROOT, ".py")}
    assert set(tree.TREES) - {"scenarios"} <= seen


INNOCENT = {
    "docs/notes.md": "see https://example.org/home/x and ~/.cache/x, mending, atoll, unsaid\n",
    "harness/cli/__init__.py": '"""A package."""\n',
    "harness/core/__init__.py": '"""A package."""\n',
    "harness/core/limit.py": '"""At the limit."""\ndef long_enough() -> None:\n'
    + "    x = 1\n" * 69
    + "# more\n" * 329,
    "harness/cli/output.py": '"""May."""\nclick.echo(clean(text))\n',
    "harness/ledger/door.py": '"""May."""\nfile = os.open(name, flags)\n',
    "harness/ledger/reader.py": '"""May."""\ntext = door.read(root, name)\nx = t.replace(a, b)\n',
    "harness/core/movement.py": '''"""Movement."""
class Moves(Protocol):
    def go(self, far: int) -> None:
        """Go so far, in metres."""
class Walks:
    """Moves as the protocol says."""
    def go(self, far: int) -> None: ...
class Step(Walks):
    """Moves as its base class does."""
    def go(self, far: int, *, fast: bool) -> None: ...
class Part: ...
class Hears(asyncio.Protocol):
    def resume_writing(self) -> None: ...
class _Hidden:
    def go(self) -> None: ...
''',
    "harness/load/__init__.py": '"""A package."""\n',
    "harness/load/child.py": '"""May."""\nimport locust\nclass Part: ...\nclass _Hidden: ...\n',
    "harness/load/kinds.py": '"""May."""\nfound = rows["kind"] == name\nx = rows["u"] == "ann"\n',
    "harness/load/odd.py": '"""Odd, and told so."""\n',
    "harness/target/reference/page.py": '"""May."""\nPATH = "/display"\n',
    "servers/ingest/app.py": '"""May."""\nPATH = "/readyz"\n',
    "pyproject.toml": PYPROJECT,
    "requirements.lock": LOCK,
    "scenarios/workloads/steady.py": '"""May."""\nimport locust\n',
    "scenarios/workloads/test_steady.py": '"""A scenario is no subject of a test."""\n',
    "tests/harness/cli/test_output.py": "",
    "tests/harness/core/test_limit.py": "",
    "tests/harness/ledger/test_door.py": "",
    "tests/harness/ledger/test_reader.py": "",
    "tests/harness/core/test_movement.py": "",
    "tests/harness/target/reference/test_page.py": "",
    "tests/servers/ingest/test_app.py": "",
    "tests/harness/load/__init__.py": "",
    "tests/harness/load/conftest.py": "",
    "tests/harness/load/test_kinds.py": "",
    "tests/harness/load/test_child.py": "from tests.harness.load.tables import TABLE\n",
    "tests/house/allowed/class_names.txt": "# Doubles.\nPart: 2\n",
    "tests/house/allowed/mirror.txt": "# Gaps.\nharness/load/odd.py\n"
    + "".join(f"servers/client/m{number}.py\n" for number in range(12)),
    "tests/house/allowed/words.txt": "harness/load/odd.py: 1\nharness/load/fewer.py: 7\n",
    "tests/scenarios/workloads/test_steady.py": "",
} | {f"servers/client/m{number}.py": f'"""Module {number}."""\n' for number in range(12)}


def _innocent_tree(root: Path) -> Path:
    for folder in ("harness", "reports/core", "servers/client"):
        (root / folder).mkdir(parents=True)
    for place, text in INNOCENT.items():
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_text(text)
    return root


def test_the_limit_itself_is_allowed(tmp_path: Path) -> None:
    limit = _innocent_tree(tmp_path) / "harness" / "core" / "limit.py"
    assert len(limit.read_text().splitlines()) == files.MAX_FILE_LINES
