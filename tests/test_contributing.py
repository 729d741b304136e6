"""CONTRIBUTING.md keeps its word: each addition, made line by line as it says, works.

A code block whose first line is a comment with a path is a file to create; with a path and
"after: `LINE`" it is what follows that line. A shell block holds the commands to run then.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import ROOT

GUIDE = ROOT / "CONTRIBUTING.md"
TREES = ("harness", "scenarios", "servers", "reports", "tests", "benchmarks", "defects", "docs")
FILES = ("conftest.py", "pyproject.toml", "requirements.lock", "README.md", "Makefile")
TIMEOUT_S = 300
WRITES = (".document",)
"""The ends of commands that only write pages: they pass with and without an addition."""

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PLACE = re.compile(r"# (?P<path>[\w./-]+\.\w+)(?:, after: `(?P<line>.+)`)?$")
_FILES = re.compile(r"\*\*(\d+) files?\*\*")


@dataclass(frozen=True)
class Edit:
    """A file to create, or lines that follow the one line of a file that is ``after``."""

    path: str
    after: str | None
    text: str

    def apply(self, tree: Path) -> None:
        """Make the edit. The line it follows must stand in the file exactly once."""
        target = tree / self.path
        if self.after is None:
            assert not target.exists(), f"{self.path} exists already"
            assert target.parent.is_dir(), f"{self.path}: the folder does not exist"
            target.write_text(self.text, encoding="utf-8")
            return
        lines = target.read_text(encoding="utf-8").splitlines()
        assert lines.count(self.after) == 1, f"{self.path}: not once in it: {self.after}"
        at = lines.index(self.after) + 1
        lines[at:at] = self.text.rstrip("\n").splitlines()
        target.write_text("\n".join(lines) + "\n", encoding="utf-8")


@dataclass(frozen=True)
class Addition:
    """One section of the guide: what to edit, in how many files, and the commands to run."""

    title: str
    files: int
    edits: tuple[Edit, ...]
    commands: tuple[str, ...]


def additions() -> list[Addition]:
    """Return every section "Add …" of the guide."""
    found = []
    for section in re.split(r"^## ", GUIDE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        if not title.startswith("Add "):
            continue
        edits, commands = [], []
        for language, text in _BLOCK.findall(body):
            first, _, rest = text.partition("\n")
            if language == "sh":
                commands += text.strip().splitlines()
            elif place := _PLACE.match(first):
                edits.append(Edit(place["path"], place["line"], rest))
        count = _FILES.search(body)
        assert count, f"{title}: does not say in how many files"
        found.append(Addition(title, int(count[1]), tuple(edits), tuple(commands)))
    return found


ADDITIONS = additions()


def test_the_guide_names_each_kind_of_addition() -> None:
    kinds = ("check", "fault profile", "browser", "scenario", "defect", "witness", "column")
    assert [a.title.removeprefix("Add a ") for a in ADDITIONS] == list(kinds)


@pytest.mark.parametrize("addition", ADDITIONS, ids=lambda a: a.title)
def test_an_addition_touches_as_many_files_as_it_says(addition: Addition) -> None:
    assert len({edit.path for edit in addition.edits}) == addition.files


@pytest.mark.parametrize("addition", ADDITIONS, ids=lambda a: a.title)
def test_an_addition_has_its_place(addition: Addition, tmp_path: Path) -> None:
    """Whether it works there is what the next test tries, beside `make test`."""
    for path in {edit.path for edit in addition.edits}:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / path).exists():
            shutil.copy(ROOT / path, tmp_path / path)
        else:
            assert (ROOT / path).parent.is_dir(), f"{path}: the folder does not exist"
    for edit in addition.edits:
        edit.apply(tmp_path)
        text = (tmp_path / edit.path).read_text(encoding="utf-8")
        if edit.path.endswith(".py"):
            ast.parse(text)


@pytest.mark.slow
@pytest.mark.slowest
@pytest.mark.parametrize("addition", ADDITIONS, ids=lambda a: a.title)
def test_an_addition_works_as_it_is_written_and_not_without_it(
    addition: Addition, tmp_path: Path
) -> None:
    tree = checkout(tmp_path)
    shows = [command for command in addition.commands if not command.endswith(WRITES)]
    without = (run(command, tree).returncode for command in shows)
    assert any(without), "the commands pass without the addition: they show nothing"
    for edit in addition.edits:
        edit.apply(tree)
    for command in addition.commands:
        done = run(command, tree)
        assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-2000:]}"


def checkout(directory: Path) -> Path:
    """Return a copy of this checkout, without its environment and runs.

    Times are copied too: what this checkout's Python has compiled is valid in the copy.
    """
    tree = directory / "checkout"
    tree.mkdir()
    skip = shutil.ignore_patterns(".hypothesis")
    for name in TREES:
        shutil.copytree(ROOT / name, tree / name, ignore=skip)
    for name in FILES:
        shutil.copy(ROOT / name, tree / name)
    return tree


def run(command: str, tree: Path) -> subprocess.CompletedProcess[str]:
    """Run one line of the guide in the copy, by this Python and with the copy's packages."""
    bin_directory = Path(sys.executable).parent
    environment = os.environ | {
        "PATH": f"{bin_directory}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(tree),
    }
    line = re.sub(r"^harness\b", f"{sys.executable} -m harness", command)
    return subprocess.run(
        ["bash", "-c", line],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
