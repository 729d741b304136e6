"""Suspects measured again: in turns, within the time, and the reason where they cannot be."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from benchmarks.trend.nights import Nights, PlantedStep, suites_of
from harness.compose.history import recheck as module
from harness.compose.history.recheck import recheck, run_cell
from harness.core.errors import HarnessError
from harness.ledger.history.facts import SuiteFacts
from harness.process.processes import Processes
from reports.history.recheck import Question, RecheckRecord
from reports.history.record import TrendRecord
from reports.history.trend import trend
from tests.harness.compose.history.checkout import git

P95 = "load_response_p95_ms"
STEP = PlantedStep(scenario="steady_load", figure=P95, night=19, factor=1.6)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository of two revisions."""
    found = tmp_path / "checkout"
    found.mkdir()
    git(found, "init", "--quiet")
    for content in ("good", "suspect"):
        (found / "file").write_text(content)
        git(found, "add", "file")
        git(found, "commit", "--quiet", "-m", content)
    return found


def revisions(root: Path) -> list[str]:
    return git(root, "log", "--reverse", "--format=%h", "--abbrev=12").splitlines()


def history(
    good: str, suspect: str, target: Mapping[str, str] | None = None
) -> tuple[TrendRecord, SuiteFacts]:
    """Twenty nights, the last one of which is suspect."""
    suites = [
        replace(one, revision=suspect if number == 19 else good, target=target or one.target)
        for number, one in enumerate(suites_of(Nights(count=20, seed=3, steps=(STEP,))))
    ]
    return trend([(str(number), one) for number, one in enumerate(suites)]), suites[-1]


class Runs:
    """Runs that take no time: the suspect revision is ``ratio`` times as slow."""

    def __init__(self, ratio: float = 1.5) -> None:
        self.ratio = ratio
        self.order: list[str] = []

    def __call__(self, tree: Path, question: Question, out: Path) -> Mapping[str, float]:
        which = (tree / "file").read_text()
        self.order.append(which)
        noise = 1 + 0.01 * (len(self.order) % 3)
        return {P95: 30 * noise * (self.ratio if which == "suspect" else 1.0)}


def measured(
    found: TrendRecord,
    newest: SuiteFacts,
    root: Path,
    runs: Callable[[Path, Question, Path], Mapping[str, float]],
    budget_s: float = 100_000.0,
) -> RecheckRecord:
    return recheck(
        found, newest, root.parent / "out", runs, budget_s=budget_s, say=print, root=root
    )


def test_both_revisions_run_in_turns_and_the_slower_one_is_worse(root: Path) -> None:
    good, suspect = revisions(root)
    runs = Runs()
    found = measured(*history(good, suspect), root, runs)
    [answer] = found.answers
    assert (answer.verdict, answer.pairs, answer.good, answer.suspect) == (
        "worse",
        12,
        good,
        suspect,
    )
    assert runs.order[:4] == ["suspect", "good", "good", "suspect"]
    assert (runs.order.count("good"), runs.order.count("suspect")) == (12, 12)
    assert len(git(root, "worktree", "list").splitlines()) == 1


def test_two_revisions_that_are_alike_are_not_accused(root: Path) -> None:
    [answer] = measured(*history(*revisions(root)), root, Runs(1.0)).answers
    assert answer.verdict == "equivalent"


def test_what_does_not_fit_into_the_time_is_left_out(root: Path) -> None:
    runs = Runs()
    found = measured(*history(*revisions(root)), root, runs, budget_s=60.0)
    [left] = found.left_out
    assert "fewer pairs than the 6 that decide" in left.reason
    assert not runs.order


@pytest.mark.parametrize(
    ("good", "suspect", "reason"),
    [
        ("0123456789ab", "", "has no revision 0123456789ab"),
        ("unknown", "", "was not recorded"),
        ("{good}-dirty", "", "had changes that no revision holds"),
        ("{good}", "{good}", "both nights ran"),
    ],
)
def test_a_revision_that_cannot_run_is_named_with_the_reason(
    root: Path, good: str, suspect: str, reason: str
) -> None:
    known = dict(zip(("good", "suspect"), revisions(root), strict=True))
    sides = good.format(**known), (suspect or "{suspect}").format(**known)
    found = measured(*history(*sides), root, Runs())
    [left] = found.left_out
    assert reason in left.reason
    assert not found.answers


def test_a_system_of_somebody_else_is_not_started(root: Path) -> None:
    found = measured(*history(*revisions(root), {"name": "shop"}), root, Runs())
    assert "is a revision of shop, which is not started here" in found.left_out[0].reason


def test_a_revision_that_does_not_run_is_left_out(root: Path) -> None:
    def broken(tree: Path, question: Question, out: Path) -> Mapping[str, float]:
        raise HarnessError("revision-0 does not run here: no module")

    found = measured(*history(*revisions(root)), root, broken)
    assert found.left_out[0].reason == "revision-0 does not run here: no module"
    assert len(git(root, "worktree", "list").splitlines()) == 1


def test_time_that_runs_out_ends_it_with_the_pairs_that_there_are(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock:
        mono_ns = 0

    monkeypatch.setattr(module, "now", lambda: Clock)
    runs = Runs()

    def slow(tree: Path, question: Question, out: Path) -> Mapping[str, float]:
        Clock.mono_ns += 100 * 10**9
        return runs(tree, question, out)

    [answer] = measured(*history(*revisions(root)), root, slow, budget_s=1_300.0).answers
    assert answer.pairs < 12
    assert Clock.mono_ns <= 1_500 * 10**9


def test_a_machine_too_slow_for_enough_pairs_is_noticed_after_the_first(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock:
        mono_ns = 0

    monkeypatch.setattr(module, "now", lambda: Clock)
    runs = Runs()

    def slow(tree: Path, question: Question, out: Path) -> Mapping[str, float]:
        Clock.mono_ns += 115 * 10**9
        return runs(tree, question, out)

    found = measured(*history(*revisions(root)), root, slow, budget_s=900.0)
    [left] = found.left_out
    assert left.reason == (
        "a pair of runs takes about 3 min 50 s, and 11 min 10 s are left: fewer pairs than the 6 "
        "that decide"
    )
    assert len(runs.order) == 2
    assert not found.answers
    assert len(git(root, "worktree", "list").splitlines()) == 1


STUB = '''\
"""A harness that writes down how it was started, and a verdict."""
import json, os, pathlib, sys

out = pathlib.Path(sys.argv[sys.argv.index("--out") + 1]) / "suite"
out.mkdir(parents=True)
(out / "started.json").write_text(json.dumps([sys.argv[1:], os.environ["TMPDIR"]]))
measures = {"load_response_p95_ms": 12.5, "knee_impressions_per_s": None}
cell = {"verdict": "VERDICT", "measures": measures}
(out / "verdict.json").write_text(json.dumps({"cells": [cell]}))
'''


def stub(tree: Path, verdict: str) -> Path:
    """Write a checkout whose harness is the stub."""
    package = tree / "harness"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text(STUB.replace("VERDICT", verdict))
    return tree


def asked() -> Question:
    return Question(
        scenario="steady_load",
        arm="preset=durable,workload=steady",
        seed=3,
        figures=(P95,),
        good="aaa",
        suspect="bbb",
        about_s=30.0,
        p=0.001,
    )


@pytest.mark.slow
@pytest.mark.parametrize(("verdict", "figures"), [("pass", {P95: 12.5}), ("unknown", {})])
def test_a_cell_runs_with_the_harness_of_the_folder(
    tmp_path: Path, verdict: str, figures: dict[str, float]
) -> None:
    tree, out = stub(tmp_path / "tree", verdict), tmp_path / "out"
    with Processes() as processes:
        assert run_cell(processes)(tree, asked(), out) == figures
    words, temporary = json.loads((out / "suite" / "started.json").read_text())
    assert words[:2] == ["run", "steady_load"]
    assert words[words.index("--seed") + 1] == "3"
    assert words[words.index("--workload") + 1] == "steady"
    assert {"--no-history", "--yes", "--preset"} <= set(words)
    assert temporary == tempfile.gettempdir()


@pytest.mark.slow
def test_a_harness_that_does_not_start_is_named_with_its_last_words(tmp_path: Path) -> None:
    tree = stub(tmp_path / "revision-0", "pass")
    (tree / "harness" / "__main__.py").write_text("raise SystemExit('no such option')")
    with Processes() as processes, pytest.raises(HarnessError, match="revision-0 does not run"):
        run_cell(processes)(tree, asked(), tmp_path / "out")
