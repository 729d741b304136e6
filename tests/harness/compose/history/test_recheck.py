"""Suspects measured again: in turns, within the time, and the reason where they cannot be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from benchmarks.trend.nights import Nights, PlantedStep, suites_of
from harness.compose.history import recheck as module
from harness.compose.history.recheck import recheck
from harness.core.errors import HarnessError
from harness.ledger.history.facts import SuiteFacts
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
    assert "fewer pairs than decide" in left.reason
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
