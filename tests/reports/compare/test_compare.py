"""What a comparison comes to: a loss or a failure of B's outranks what is not known."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from harness.ledger.json_files import write_record
from harness.ledger.rundir import RUN_FILE
from harness.ledger.stored import read_run
from reports.compare.compare import compare
from reports.compare.sides import read_sides
from reports.evidence.parts import ledger as parts
from tests.reports.compared import FACTS, StoredCell, compared, suite, visits
from tests.reports.judging.parts.loads import Plant, load_at, lost, sound
from tests.reports.report_samples import HOSTILE
from tests.reports.suites import HALF


def test_the_same_directory_is_no_difference(tmp_path: Path) -> None:
    one = suite(tmp_path, *visits(0, 3))
    record = compare(read_sides(one, one))
    assert record.outcome == "no difference"
    assert record.sentence == (
        "No difference in environment, fates and checks: 2 common cells, 40 impressions shown in "
        "B, and nothing lost or failed anew"
    )


def test_a_new_loss_is_worse_and_says_where(tmp_path: Path) -> None:
    record = compared(tmp_path, visits(0, 0), visits(0, 1))
    assert record.outcome == "worse"
    assert record.sentence.startswith(
        "B is worse: it loses or falsifies what A does not in visit [preset=durable] seed 2"
    )
    assert "passed in A and failed in B: nothing_lost in visit" in record.sentence


def test_a_loss_that_is_gone_is_no_worse(tmp_path: Path) -> None:
    assert compared(tmp_path, visits(2), visits(0)).outcome == "no worse"


def test_nothing_in_common_is_undecided(tmp_path: Path) -> None:
    record = compared(tmp_path, visits(0), visits(0, scenario="other"))
    assert record.outcome == "undecided"
    assert record.sentence == "Undecided: A and B have no cell in common"


def test_a_loss_outranks_another_machine_and_another_machine_a_pass(tmp_path: Path) -> None:
    a = suite(tmp_path / "a", *visits(0))
    worse = suite(tmp_path / "b", *visits(1), facts=FACTS | {"cpus": "9"})
    equal = suite(tmp_path / "c", *visits(0), facts=FACTS | {"cpus": "9"})
    assert compare(read_sides(a, worse)).outcome == "worse"
    record = compare(read_sides(a, equal))
    assert record.outcome == "undecided"
    assert record.unsafe.startswith("These two differ in: number of CPUs;")


def test_a_cell_that_b_did_not_decide(tmp_path: Path) -> None:
    record = compared(tmp_path, visits(0), [StoredCell()])
    assert record.outcome == "undecided"
    assert "not decided in B: visit [preset=durable] seed 1" in record.sentence
    assert compared(tmp_path / "2", [StoredCell()], visits(0)).outcome == "no worse"


def test_an_expected_loss_that_comes_and_goes_is_no_worse(tmp_path: Path) -> None:
    a, b = visits(9, expected=HALF), visits(11, expected=HALF)
    assert compared(tmp_path, a, b).outcome == "no worse"


def test_hostile_names(tmp_path: Path) -> None:
    a, b = visits(0, scenario=HOSTILE), visits(1, scenario=HOSTILE)
    record = compared(tmp_path, a, b)
    assert record.outcome == "worse"
    assert "\x1b" not in record.sentence
    assert "\n" not in record.sentence


def decided(directory: Path, plant: Plant) -> Path:
    """A load that is long enough for the checks that are left."""
    run = load_at(directory, plant)
    record = read_run(run)
    checks = tuple(one for one in record.plan.checks if one.name.startswith("nothing_"))
    write_record(run / RUN_FILE, replace(record, plan=replace(record.plan, checks=checks)))
    return run


def test_ledgers_larger_than_memory_compare_as_they_do_in_one_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = decided(tmp_path / "a", sound), decided(tmp_path / "b", lost)
    for other, new in ((b, 32), (a, 0)):
        whole = compare(read_sides(a, other))
        with monkeypatch.context() as patch:
            patch.setattr(parts, "LARGE_BYTES", 1000)
            patch.setattr(parts, "PART_BYTES", 250_000)
            large = compare(read_sides(a, other))
        assert large.fates == whole.fates
        assert large.figures == whole.figures
        assert large.outcome == whole.outcome
        assert whole.fates[0].new == new
