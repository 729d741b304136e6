"""The world's own oracle and ``reports/`` give every impression the same fate."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.compose.simulate import page_sources
from harness.simulation.engine import Engine
from harness.simulation.run_directory import write_run
from reports.checks import CHECKS
from reports.evidence.evidence import Evidence
from reports.evidence.frame import read_ledger
from reports.verdict.verdict import Verdict

WALKS = 100
DEFECTS = (
    "",
    "memory_only_queue",
    "lower_cases_ids",
    "fallback_marked_as_sent",
    "next_users_name",
    "beacon_taken_as_acknowledgement",
)
SAME_NAMES = ("nothing_lost", "nothing_twice", "nothing_unshown", "every_view_carried")


def both_judge(
    directory: Path, defect: str, *, seed: int, walks: int, preset: str = "durable"
) -> tuple[dict[tuple[str, str], str], dict[tuple[str, str], str], set[str], Evidence]:
    """Return the fates by the world's oracle and by reports, what fails by the former, and the
    evidence for the latter."""
    by_world: dict[tuple[str, str], str] = {}
    names: set[str] = set()
    with Engine(page_sources(defect)) as engine:
        found = [
            engine.walk(walk, rows=True)
            for walk in engine.draw(seed=seed, first=0, count=walks, preset=preset)
        ]
    for one in found:
        by_world |= {(user, artwork): fate for user, artwork, fate in one["impressions"]}
        names |= {finding["check"] for finding in one["findings"]}
    write_run(directory / "run", (one["rows"] for one in found))
    evidence = Evidence(ledger=read_ledger(directory / "run"))
    table = evidence.fates.impressions.dropna(subset=["fate"])
    by_reports = dict(
        zip(
            zip(table["user"], table["artwork"], strict=True),
            table["fate"].astype(str),
            strict=True,
        )
    )
    return by_world, by_reports, names, evidence


@pytest.mark.parametrize("defect", DEFECTS)
def test_both_oracles_agree(tmp_path: Path, defect: str) -> None:
    by_world, by_reports, names, evidence = both_judge(tmp_path, defect, seed=11, walks=WALKS)
    assert not evidence.damaged, evidence.ledger.gaps
    assert by_world == by_reports
    refused = set(by_world.values()) & {"lost_unacked"}
    for name in SAME_NAMES:
        finding = CHECKS[name](evidence)
        if not refused or name in ("nothing_twice", "nothing_unshown"):
            assert (finding.verdict is Verdict.FAIL) == (name in names), finding


def test_both_agree_on_the_roadmap(tmp_path: Path) -> None:
    by_world, by_reports, _, _ = both_judge(tmp_path, "", seed=11, walks=WALKS, preset="roadmap")
    assert by_world == by_reports
    assert "lost_unacked" in by_world.values()


@pytest.mark.parametrize(
    ("defect", "seed", "verdict"),
    [("", 21, Verdict.PASS), ("sends_what_another_adopted", 12, Verdict.FAIL)],
)
def test_a_page_out_of_the_cache_leaves_to_its_heir_what_that_one_took_over(
    tmp_path: Path, defect: str, seed: int, verdict: Verdict
) -> None:
    """Of walks in which a timer is due as the page comes out, and its attempt is refused."""
    *_, evidence = both_judge(tmp_path, defect, seed=seed, walks=500)
    assert CHECKS["left_to_heirs"](evidence).verdict is verdict


@pytest.mark.nightly
def test_both_agree_on_thousands(tmp_path: Path) -> None:
    by_world, by_reports, _, _ = both_judge(tmp_path, "", seed=12, walks=3_000)
    assert by_world == by_reports
