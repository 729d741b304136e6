"""One field of one kind of rows that is wrong: each of these is noticed by what a page reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.evidence.frame import read_ledger
from reports.evidence.reported.depths import misstated_depths
from reports.evidence.reported.stories import contradictory_reports
from tests.ledger_mutation.mutants import StoredRun
from tests.reports.evidence.reported.whole_story import whole_story

NOTICED = (
    "client/attempt/none",
    "client/recorded/half",
    "client/persisted/an earlier time",
    "client/attempt/attempt/one more",
    "client/attempt/artworks/with another",
    "client/acknowledged/artworks/without the last",
    "client/recorded/queue_depth/three more",
    "client/recorded/detail.number/always the first",
    "client/attempt/page_wall_ns/backwards",
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> StoredRun:
    return StoredRun(whole_story().write(tmp_path_factory.mktemp("stored") / "run"))


@pytest.mark.parametrize("name", NOTICED)
def test_what_is_wrong_in_one_field_is_noticed(name: str, run: StoredRun, tmp_path: Path) -> None:
    mutant = next(one for one in run.mutants() if one.name == name)
    run.write(mutant, tmp_path / "run")
    ledger = read_ledger(tmp_path / "run")
    assert [*contradictory_reports(ledger), *misstated_depths(ledger)]


def test_the_run_as_it_was_is_in_order(run: StoredRun) -> None:
    ledger = read_ledger(run.directory)
    assert not [*contradictory_reports(ledger), *misstated_depths(ledger)]


def test_a_mutant_leaves_the_other_kinds_alone(run: StoredRun, tmp_path: Path) -> None:
    mutant = next(one for one in run.mutants() if one.name == NOTICED[3])
    run.write(mutant, tmp_path / "run")
    changed = StoredRun(tmp_path / "run").rows["client.arrows"]
    differing = {
        before["kind"]
        for before, after in zip(run.rows["client.arrows"], changed, strict=True)
        if before != after
    }
    assert differing == {"attempt"}
