"""result.json: what is documented is what is written, and nothing else."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from harness.ledger.experiment import PlannedLook
from harness.ledger.json_files import encode_record
from reports.experiments.export.record import (
    RESULT_SCHEMA,
    AnswerRecord,
    ComparisonRecord,
    FailureRecord,
    LossRecord,
    MachineRecord,
    ResultRecord,
    UndecidedRecord,
    result_record,
)
from reports.experiments.export.slots_table import SCHEMA
from tests import ROOT
from tests.documents.fields import documented, written
from tests.reports.experiment_builder import METRICS, Written, around, four_arms

DOCUMENT = ROOT / "docs" / "experiment-schema.md"


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("The result", ResultRecord),
        ("A look", PlannedLook),
        ("A loss", LossRecord),
        ("A failure", FailureRecord),
        ("Slots that do not count", UndecidedRecord),
        ("A comparison", ComparisonRecord),
        ("An answer", AnswerRecord),
        ("The machine", MachineRecord),
    ],
)
def test_every_field_is_documented_in_its_order_with_its_type(
    heading: str, kind: type[msgspec.Struct]
) -> None:
    assert documented(DOCUMENT, heading) == written(kind)


def test_every_column_of_the_slots_is_documented() -> None:
    assert [name for name, _ in documented(DOCUMENT, "Slots")] == SCHEMA.names
    assert f"version of this format: `{RESULT_SCHEMA}`" in DOCUMENT.read_text()


def test_it_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    record = result_record(four_arms().result(tmp_path))
    text = encode_record(record, "result.json")
    assert msgspec.json.decode(text, type=ResultRecord) == record
    assert record.sentence.startswith("500 loses 1.2 %")
    assert not record.decided
    assert (record.blocks_planned, record.blocks_complete) == (11, 11)
    assert record.look == PlannedLook(blocks=11, alpha=0.049)


def test_differences_are_in_percent_and_verdicts_are_there(tmp_path: Path) -> None:
    record = result_record(four_arms().result(tmp_path))
    [one] = [c for c in record.comparisons if c.arm == "100" and "response" in c.measure]
    assert one.verdict == "better"
    assert one.difference_percent == pytest.approx(-10, abs=2)
    interval = (one.low_percent, one.difference_percent, one.high_percent)
    assert list(interval) == sorted(interval, key=lambda bound: bound or 0.0)
    assert (one.high_percent or 0.0) < -5
    assert len(one.log_ratios) == 11
    [fifty] = [c for c in record.comparisons if c.arm == "50" and "response" in c.measure]
    assert (fifty.missing, fifty.log_ratios[3]) == (1, None)
    assert [loss.loses for loss in record.losses] == [False, False, False, True]
    assert [one.agreement for one in record.answers] == ["disagrees", "agrees", "undecided"]
    assert record.machine.unsteady == (7,)
    [left_out] = record.undecided
    assert (left_out.arm, left_out.blocks, left_out.of, left_out.judged) == ("50", (4,), 11, 10)
    assert left_out.reasons == {"the load generator lagged by 212 ms": 1}
    assert record.no_winners == ("500",)
    assert {one.check for one in record.failures} == {"nothing_lost"}


def test_failed_checks_are_there_with_their_blocks(tmp_path: Path) -> None:
    failed = {(2, "50"): ("acks_after_commit",), (5, "200"): ("acks_after_commit",)}
    record = result_record(four_arms(lost={}, unknown={}, failed=failed).result(tmp_path))
    assert [(one.arm, one.blocks, one.of, one.expected) for one in record.failures] == [
        ("200", (5,), 11, False),
        ("50", (2,), 11, False),
    ]
    assert record.no_winners == ("200", "50")


def test_what_is_not_known_is_null(tmp_path: Path) -> None:
    nothing = result_record(Written(arms={"a": {}, "b": {}}).result(tmp_path / "none"))
    assert (nothing.look, nothing.machine.median_s) == (None, None)
    assert nothing.comparisons[0].difference_percent is None
    assert nothing.comparisons[0].arm_value is None
    two = around({"a": (1.0,), "b": (1.1,)}, blocks=1)
    one = result_record(Written(arms=two).result(tmp_path / "one"))
    assert one.look is not None
    assert one.comparisons[0].difference_percent is not None
    assert one.comparisons[0].low_percent is None, "one block has no interval"


def test_a_figure_that_is_zero_in_some_block_is_there_in_its_unit(tmp_path: Path) -> None:
    arms = around({"a": (1.0,), "b": (2.0,)}, metrics=METRICS[:1])
    arms["a"][METRICS[0].measure][0] = 0.0
    look = (PlannedLook(blocks=11, alpha=0.05),)
    found = Written(arms=arms, metrics=METRICS[:1], looks=look).result(tmp_path)
    [one] = result_record(found).comparisons
    assert (one.scale, one.log_ratios, one.difference_percent) == ("difference", (), None)
    assert one.difference == pytest.approx(50, abs=5)
    assert one.low is not None
    assert one.high is not None
    assert one.low < one.difference < one.high
    assert len(one.differences) == 11
