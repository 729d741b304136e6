"""Failed checks and undecided slots, by arm and part; hand-written cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from reports.experiments.failures import Failure, Undecided, failures, undecided
from reports.experiments.slots import BlockSlot, read_blocks
from reports.verdict.verdict import Cell, Finding, Verdict
from tests.reports.stored_experiments import LOAD, MEASURE, cell_of, plan_of, store_block

Change = Callable[[Cell], Cell]
LATE = "the generator was late"


def failed(*checks: str, gates: bool = True) -> Change:
    """Return what makes a cell fail these checks, with every impression stored."""
    findings = tuple(Finding(check=one, verdict=Verdict.FAIL, summary=f"{one}!") for one in checks)
    return lambda cell: replace(
        cell, verdict=Verdict.FAIL, reason=f"{checks[0]}: bad", findings=findings, gates=gates
    )


def unknown(cell: Cell) -> Cell:
    return replace(cell, verdict=Verdict.UNKNOWN, reason=LATE)


def slots_of(
    directory: Path, changes: Mapping[tuple[int, str], Change], *, blocks: int = 3
) -> list[BlockSlot]:
    """Write blocks of two passing arms, with these (block, arm) changed, and return the slots."""
    plan = plan_of(blocks=blocks)
    for block in range(1, blocks + 1):
        cells = [
            changes.get((block, arm), lambda cell: cell)(
                cell_of(plan, block, LOAD, arm, **{MEASURE: 5.0})
            )
            for arm in plan.orders[block - 1]
        ]
        store_block(directory, plan, block, cells)
    return [slot for block in read_blocks(directory, plan) for slot in block.slots]


def test_a_check_that_fails_is_named_though_every_impression_is_stored(tmp_path: Path) -> None:
    check = "attempts_processed_once"
    slots = slots_of(tmp_path, {(1, "a"): failed(check), (3, "a"): failed(check)})
    [found] = failures(slots, "load", ["a", "b"])
    assert found == Failure(
        part="load",
        arm="a",
        check=check,
        blocks=(1, 3),
        of=3,
        expected=False,
        summary=f"{check}!",
    )
    assert undecided(slots, "load", ["a", "b"]) == []


def test_what_is_expected_to_fail_is_kept_apart_from_what_gates(tmp_path: Path) -> None:
    slots = slots_of(
        tmp_path,
        {
            (1, "a"): failed("nothing_lost", gates=False),
            (2, "a"): failed("nothing_lost", "conservation"),
            (2, "b"): failed("nothing_lost", gates=False),
        },
    )
    found = failures(slots, "load", ["a", "b"])
    assert [(one.arm, one.check, one.blocks, one.expected) for one in found] == [
        ("a", "nothing_lost", (2,), False),
        ("a", "conservation", (2,), False),
        ("a", "nothing_lost", (1,), True),
        ("b", "nothing_lost", (2,), True),
    ]


def test_a_server_that_died_is_a_failure_though_no_fate_is_known(tmp_path: Path) -> None:
    def died(cell: Cell) -> Cell:
        return replace(failed("stayed_up")(cell), fates={})

    slots = slots_of(tmp_path, {(2, "a"): died})
    [found] = failures(slots, "load", ["a", "b"])
    assert (found.check, found.blocks, found.expected) == ("stayed_up", (2,), False)
    [open_one] = undecided(slots, "load", ["a", "b"])
    assert (open_one.arm, open_one.blocks, open_one.judged) == ("a", (2,), 2)


def test_a_failure_without_a_finding_is_named_by_its_reason(tmp_path: Path) -> None:
    def bare(cell: Cell) -> Cell:
        return replace(cell, verdict=Verdict.FAIL, reason="nothing_lost: 3 are lost")

    [found] = failures(slots_of(tmp_path, {(1, "b"): bare}), "load", ["a", "b"])
    assert (found.check, found.summary) == ("nothing_lost", "3 are lost")


def test_undecided_slots_are_counted_with_their_reasons(tmp_path: Path) -> None:
    slots = slots_of(tmp_path, {(1, "b"): unknown, (2, "b"): unknown, (3, "a"): unknown})
    found = undecided(slots, "load", ["a", "b"])
    assert found[1] == Undecided(
        part="load", arm="b", blocks=(1, 2), of=3, judged=1, reasons={LATE: 2}
    )
    assert (found[0].arm, found[0].blocks, found[0].judged) == ("a", (3,), 2)
    assert failures(slots, "load", ["a", "b"]) == []
    assert undecided(slots, "other", ["a", "b"]) == []


@pytest.mark.parametrize(
    ("check", "counts"), [("offered_rate", False), ("no_such_check", False), ("roadmap_sql", True)]
)
def test_a_failed_slot_whose_instrument_is_out_of_tolerance_has_no_figures(
    check: str, counts: bool, tmp_path: Path
) -> None:
    def out_of_tolerance(cell: Cell) -> Cell:
        cell = failed("nothing_twice")(cell)
        doubt = Finding(check=check, verdict=Verdict.UNKNOWN, summary="half was sent", n=9)
        return replace(cell, findings=(*cell.findings, doubt))

    slots = slots_of(tmp_path, {(1, "a"): out_of_tolerance})
    slot = next(slot for slot in slots if (slot.block, slot.arm) == (1, "a"))
    assert slot.why_not == ("" if counts else f"{check}: half was sent")
    assert slot.is_judged, "what it loses is known all the same"
    assert [one.check for one in failures(slots, "load", ["a", "b"])] == ["nothing_twice"]
