"""The slots of an experiment: what each run measured, and whether that counts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.core.errors import HarnessError, LedgerDamaged, LedgerUnreadable
from harness.ledger import door
from harness.ledger.experiment import (
    BLOCK_FILE,
    BlockEnd,
    ExperimentPlan,
    block_directory,
    read_block_end,
)
from harness.ledger.json_files import read_record, write_record
from harness.ledger.rundir import RUN_FILE, Arm, arm_text
from harness.ledger.stored import read_run
from reports.checks import CHECKS
from reports.core.types import Floats, Ints
from reports.evidence.fates import Fate
from reports.judging.judge import judge_suite
from reports.pages.publish import VERDICT_FILE
from reports.verdict.verdict import Cell, SuiteVerdict, Verdict

_STAMP = re.compile(r"\d{8}T\d{6}Z")
"""A moment as ``utc_stamp`` writes it: such texts sort like what they mean."""
LOST = (Fate.VANISHED, Fate.LOST_ACKED, Fate.LOST_UNACKED, Fate.UNDELIVERED)
FALSE = (Fate.DUPLICATE_STORED, Fate.CORRUPT, Fate.PHANTOM)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockSlot:
    """One part of one arm in one block.

    ``position`` counts the slots of its part from 0. ``why_not`` says why its figures do not count,
    empty if they do; ``lost`` and ``false`` are impressions that it lost, and that it stored twice,
    altered or unshown, which are known of every slot that is judged.
    """

    block: int
    part: str
    arm: str
    position: int
    run: str
    cell: Cell
    why_not: str
    lost: int
    false: int

    @property
    def is_judged(self) -> bool:
        """Return whether it passed or failed, with the fate of every impression known."""
        return self.cell.verdict in (Verdict.PASS, Verdict.FAIL) and bool(self.cell.fates)

    @property
    def failed(self) -> Mapping[str, str]:
        """Return the checks that failed, with what each says; none of a slot that did not fail."""
        if self.cell.verdict is not Verdict.FAIL:
            return {}
        found = {
            one.check: one.summary for one in self.cell.findings if one.verdict is Verdict.FAIL
        }
        check, _, summary = self.cell.reason.partition(": ")
        return found or {check: summary}

    @property
    def shown(self) -> int:
        """Return how many impressions were shown."""
        return int(self.cell.measures.get("shown_impressions") or 0)

    def figure(self, measure: str) -> float:
        """Return a measure; NaN where there is none or the slot does not count."""
        value = None if self.why_not else self.cell.measures.get(measure)
        return float("nan") if value is None else float(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One complete block: its end, and its slots in the order in which they ran."""

    number: int
    end: BlockEnd
    slots: tuple[BlockSlot, ...]


def judge_block(directory: Path, block: int) -> SuiteVerdict:
    """Judge the runs of a block and write its verdict.json. Raises OSError on a full disk."""
    where = block_directory(directory, block)
    suite = judge_suite(where).suite
    write_record(where / VERDICT_FILE, suite)
    return suite


def read_blocks(
    directory: Path, plan: ExperimentPlan, *, again: bool = False, write: bool = True
) -> list[Block]:
    """Return the complete blocks in their order; those that were cut short are left out.

    The verdict that was written when a block ended is read; it is reached anew where there is none,
    or with ``again``, and written down unless ``write`` is false.
    """
    return [
        _read_block(directory, plan, number, again=again, write=write)
        for number in range(1, plan.blocks + 1)
        if is_complete(directory, number)
    ]


def is_complete(directory: Path, block: int) -> bool:
    """Return whether every slot of a block had its turn."""
    return door.is_there(block_directory(directory, block), BLOCK_FILE)


def values(blocks: Sequence[Block], part: str, arm: str, measure: str) -> Floats:
    """Return a measure of an arm by block; NaN where a block has none."""
    return np.array(
        [
            next(
                (s.figure(measure) for s in block.slots if s.part == part and s.arm == arm),
                float("nan"),
            )
            for block in blocks
        ],
        dtype=np.float64,
    )


def positions(blocks: Sequence[Block], part: str, arms: Sequence[str]) -> Ints:
    """Return the slot of each arm, blocks by arms; 0 in a block without that part."""
    places = []
    for block in blocks:
        of_arm = {slot.arm: slot.position for slot in block.slots if slot.part == part}
        places.append([of_arm.get(arm, 0) for arm in arms])
    return np.array(places, dtype=np.int64).reshape(len(blocks), len(arms))


def _read_block(
    directory: Path, plan: ExperimentPlan, number: int, *, again: bool, write: bool
) -> Block:
    where = block_directory(directory, number)
    end = read_block_end(where)
    if end.block != number:
        raise LedgerDamaged(f"{where} is block {end.block}: it was copied or renamed")
    if again or not door.is_there(where, VERDICT_FILE):
        suite = _judged(directory, number) if write else judge_suite(where).suite
    else:
        suite = read_record(where / VERDICT_FILE, SuiteVerdict)
    return Block(
        number=number,
        end=end,
        slots=tuple(_slots(where, plan, number, suite.cells)),
    )


def _judged(directory: Path, number: int) -> SuiteVerdict:
    try:
        return judge_block(directory, number)
    except OSError as error:
        where = block_directory(directory, number)
        raise HarnessError(
            f"cannot write the verdict of {where}: {error.strerror}",
            hint="Judge a copy in a folder that can be written, with space left",
        ) from error


def _slots(
    where: Path, plan: ExperimentPlan, number: int, cells: Sequence[Cell]
) -> Iterator[BlockSlot]:
    """Yield the slots; a block's cells are planned part by part, in the order of its arms."""
    order, parts = plan.orders[number - 1], plan.parts_in(number)
    if len(cells) != len(order) * len(parts):
        raise LedgerDamaged(f"{where} holds {len(cells)} cells, its experiment planned others")
    for index, cell in enumerate(cells):
        part, arm = parts[index // len(order)], order[index % len(order)]
        is_planned = (cell.scenario, cell.seed) == (part.scenario, plan.seed + number - 1)
        if not is_planned or not _is_of(cell, {**part.levels, **plan.arms[arm]}):
            raise LedgerDamaged(f"{where}: {cell.name} is not what its experiment planned")
        _refuse_older(where, plan, cell)
        yield BlockSlot(
            block=number,
            part=part.name,
            arm=arm,
            position=index % len(order),
            run=str(where / cell.run) if cell.run else "",
            cell=cell,
            why_not=_why_not(cell),
            lost=sum(cell.fates.get(fate.value, 0) for fate in LOST),
            false=sum(cell.fates.get(fate.value, 0) for fate in FALSE),
        )


def _is_of(cell: Cell, arm: Arm) -> bool:
    """Return whether a cell is of this arm: a factor more is another arm."""
    return cell.arm == arm_text(arm)


def _refuse_older(where: Path, plan: ExperimentPlan, cell: Cell) -> None:
    """Raise LedgerDamaged for a run that began before its experiment: it was copied into it."""
    if not cell.run or not door.is_there(where, f"{cell.run}/{RUN_FILE}"):
        return  # what is not there any more cannot be asked
    try:
        began, started = read_run(where / cell.run).started, plan.started
    except LedgerUnreadable:
        return  # judging it says so
    if _STAMP.fullmatch(began) and _STAMP.fullmatch(started) and began < started:
        raise LedgerDamaged(
            f"{where}: {cell.name} began at {began}, before its experiment ({started}): it is "
            "another's"
        )


def _why_not(cell: Cell) -> str:
    """Return why a slot's figures do not count: nothing ran, it is not known what became of it, or
    the instrument that measured them was out of tolerance.

    One that failed counts: what an arm loses is a result.
    """
    if cell.verdict in (Verdict.UNKNOWN, Verdict.NOT_RUN) or not cell.fates:
        return cell.reason or "nothing is known of it"
    for finding in cell.findings:
        check = CHECKS.get(finding.check)
        if finding.verdict is Verdict.UNKNOWN and (check is None or check.instrument):
            return f"{finding.check}: {finding.summary}"
    return ""
