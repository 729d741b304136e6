"""A part of the target that died by itself fails the cell, cut short as it is; others do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.ledger.kinds.network import ProcessDied
from reports.evidence.frame import read_ledger
from reports.judging.deaths import death_findings
from reports.judging.judge import judge_run
from reports.verdict.verdict import Cell, Finding, Verdict
from tests.reports.histories import lost_acked
from tests.reports.ledgers import HandWritten, healthy

WHY = "the target's server ended by itself (exit code 3); its last words: out of ideas"


def died(ledger: HandWritten, *, owner: str, accuses: bool) -> HandWritten:
    """Return the ledger of a run that a death cut short."""
    ledger.status = "broken"
    ledger.checks = [{"name": "nothing_lost", "parameters": {}}]
    row = ProcessDied(
        part="it",
        owner=owner,  # type: ignore[arg-type]
        exit_code=3,
        accuses_target=accuses,
        why=WHY,
    )
    return ledger.saw(2.5, row)


def cell_of(ledger: HandWritten, directory: Path) -> Cell:
    return judge_run(ledger.write(directory)).cell


def test_a_target_that_died_fails_with_its_last_words(tmp_path: Path) -> None:
    cell = cell_of(died(healthy(), owner="target", accuses=True), tmp_path)
    assert cell.verdict is Verdict.FAIL
    assert cell.reason == f"stayed_up: {WHY}"
    assert cell.gates


def test_nothing_but_the_death_fails_a_run_that_it_cut_short(tmp_path: Path) -> None:
    cell = cell_of(died(lost_acked(), owner="target", accuses=True), tmp_path)
    failed = [one.check for one in cell.findings if one.verdict is Verdict.FAIL]
    assert failed == ["stayed_up"]
    assert cell.fates["lost_acked"] == 1  # the table was read: what is known is shown


@pytest.mark.parametrize(
    ("owner", "accuses"),
    [("instrument", False), ("target", False), ("instrument", True)],
)
def test_any_other_death_leaves_the_run_undecided(
    tmp_path: Path, owner: str, accuses: bool
) -> None:
    cell = cell_of(died(healthy(), owner=owner, accuses=accuses), tmp_path)
    assert cell.verdict is Verdict.UNKNOWN
    assert WHY in cell.reason


def deaths(*parts: tuple[str, str, bool]) -> HandWritten:
    """Return a ledger of these deaths: part, owner, whether it accuses the target."""
    ledger = healthy()
    for part, owner, accuses in parts:
        row = ProcessDied(
            part=part,
            owner=owner,  # type: ignore[arg-type]
            exit_code=3,
            accuses_target=accuses,
            why=f"{part} ended",
        )
        ledger.saw(2.5, row)
    return ledger


def test_of_several_deaths_those_that_accuse_the_target_are_named(tmp_path: Path) -> None:
    several = deaths(
        ("relay", "instrument", False), ("server", "target", True), ("worker", "target", True)
    )
    assert death_findings(read_ledger(several.write(tmp_path))) == (
        Finding(
            check="stayed_up",
            verdict=Verdict.FAIL,
            summary="server ended; worker ended",
            measured=2.0,
            target=0.0,
            unit="processes",
            n=3,
            examples=("server", "worker"),
        ),
    )


def test_of_deaths_that_accuse_no_target_all_are_named(tmp_path: Path) -> None:
    several = deaths(("relay", "instrument", False), ("server", "target", False))
    assert death_findings(read_ledger(several.write(tmp_path))) == (
        Finding(
            check="stayed_up",
            verdict=Verdict.UNKNOWN,
            summary="relay ended; server ended",
            measured=2.0,
            target=0.0,
            unit="processes",
            n=2,
            examples=("relay", "server"),
        ),
    )


def test_a_run_without_a_death_has_no_such_finding(tmp_path: Path) -> None:
    ledger = healthy()
    ledger.checks = [{"name": "nothing_lost", "parameters": {}}]
    assert "stayed_up" not in [one.check for one in cell_of(ledger, tmp_path).findings]
