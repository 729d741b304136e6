"""An experiment's design, written down before its first block: arms, blocks, order, looks, metrics.

The directory of an experiment holds ``experiment.json`` and one suite directory a block, below
``blocks/``. A *slot* is one cell of a block: one part of one arm, in an ordinary run directory.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec.structs import replace

from harness.core.clock import utc_stamp
from harness.ledger.json_files import Natural, Record, read_versioned, write_record
from harness.ledger.plan import SuiteOptions
from harness.ledger.rundir import Arm

EXPERIMENT_FILE = "experiment.json"
EXPERIMENT_FORMAT = 1
BLOCK_FILE = "block.json"

Better = Literal["lower", "higher"]
MarginPercent = Annotated[float, msgspec.Meta(gt=0, lt=100)]
CanaryS = Annotated[float, msgspec.Meta(gt=0, le=86_400)]


class Metric(Record, frozen=True, kw_only=True):
    """One figure of a slot that arms are compared by: a measure of its run by name.

    ``margin_percent`` is how far two arms may be apart and still count as equivalent.
    """

    measure: str
    title: str
    better: Better = "lower"
    margin_percent: MarginPercent = 5.0


class ExperimentPart(Record, frozen=True, kw_only=True):
    """What is done to every arm in every block: one scenario, and the figures that it yields.

    ``every``: it is done in the first block, and again when this number of blocks has passed. The
    first metric of the first part that has one decides the experiment; without any, losses do.
    """

    name: str
    title: str
    scenario: str
    levels: Mapping[str, str] = {}
    every: Annotated[int, msgspec.Meta(ge=1)] = 1
    metrics: tuple[Metric, ...] = ()


class Hypothesis(Record, frozen=True, kw_only=True):
    """What somebody expects of an arm, in their words, and as the bounds it can be held against.

    ``low`` and ``high`` bound the measure itself, or with ``relative_to`` its difference to that
    arm in percent; None leaves that side open.
    """

    arm: str
    part: str
    measure: str
    says: str
    low: float | None = None
    high: float | None = None
    relative_to: str = ""


class PlannedLook(Record, frozen=True, kw_only=True):
    """A planned look at the results: after how many blocks, and the chance of a wrong ``better`` or
    ``worse`` that may be spent by then at this look."""

    blocks: Annotated[int, msgspec.Meta(ge=1)]
    alpha: Annotated[float, msgspec.Meta(gt=0, lt=1)]


class ExperimentPlan(Record, frozen=True, kw_only=True):
    """experiment.json: everything that was decided before the first block.

    ``arms`` are levels by arm's name, ``orders`` the arms' names in each block in the order of
    their slots, ``block_about_s`` how long a block takes, about.
    """

    format: int = EXPERIMENT_FORMAT
    name: str
    question: str
    command: str
    started: str = msgspec.field(default_factory=utc_stamp)
    facts: Mapping[str, str] = {}
    options: SuiteOptions = msgspec.field(default_factory=SuiteOptions)
    seed: int
    control: str
    arms: Mapping[str, Arm]
    parts: tuple[ExperimentPart, ...]
    hypotheses: tuple[Hypothesis, ...] = ()
    orders: tuple[tuple[str, ...], ...]
    looks: tuple[PlannedLook, ...]
    block_about_s: float

    def __post_init__(self) -> None:
        if self.control not in self.arms:
            raise ValueError(f"the control {self.control} is no arm")
        if not self.parts:
            raise ValueError("an experiment has no part")
        if any(sorted(order) != sorted(self.arms) for order in self.orders):
            raise ValueError("each block holds every arm once")

    @property
    def blocks(self) -> int:
        """Return how many blocks were planned."""
        return len(self.orders)

    def parts_in(self, block: int) -> tuple[ExperimentPart, ...]:
        """Return the parts that are done in a block, counted from 1."""
        return tuple(part for part in self.parts if (block - 1) % part.every == 0)

    @property
    def rivals(self) -> tuple[str, ...]:
        """Return the arms that are compared with the control."""
        return tuple(arm for arm in self.arms if arm != self.control)


class BlockEnd(Record, frozen=True, kw_only=True):
    """block.json: that every slot of a block had its turn.

    ``canary_s`` are how long the same fixed work took the machine before and after it (s).
    """

    format: int = EXPERIMENT_FORMAT
    block: Natural
    canary_s: tuple[CanaryS, CanaryS]
    duration_s: float


def block_directory(directory: Path, block: int) -> Path:
    """Return the suite directory of a block, counted from 1."""
    return directory / "blocks" / f"block-{block:03}"


def write_experiment(directory: Path, plan: ExperimentPlan) -> None:
    """Write experiment.json. Raises OSError when the directory cannot be written.

    As in a suite's plan, no database's URL and no address of a browser is written down.
    """
    target = dataclasses.replace(plan.options.target, database_url=None, browsers={})
    stored = replace(plan, options=replace(plan.options, target=target))
    write_record(directory / EXPERIMENT_FILE, stored)


def read_experiment(directory: Path) -> ExperimentPlan:
    """Read experiment.json. Raises LedgerUnreadable that names the file and the field."""
    plan: ExperimentPlan = read_versioned(
        directory / EXPERIMENT_FILE, {EXPERIMENT_FORMAT: ExperimentPlan}
    )
    return plan


def write_block_end(directory: Path, end: BlockEnd) -> None:
    """Write block.json into the block's directory. Raises OSError."""
    write_record(directory / BLOCK_FILE, end)


def read_block_end(directory: Path) -> BlockEnd:
    """Read block.json. Raises LedgerUnreadable that names the file and the field."""
    end: BlockEnd = read_versioned(directory / BLOCK_FILE, {EXPERIMENT_FORMAT: BlockEnd})
    return end
