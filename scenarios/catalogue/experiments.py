"""Experiments as data, and the design of one: arms, blocks, the order of slots, planned looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

import scenarios
from harness.core.clock import seeded_random
from harness.core.errors import HarnessError, UsageError
from harness.core.toml import read_toml
from harness.ledger.experiment import (
    ExperimentPart,
    ExperimentPlan,
    Hypothesis,
    Metric,
    PlannedLook,
)
from harness.ledger.plan import PlannedCell, SuiteOptions
from harness.ledger.rundir import versions
from reports.statistics.paired.looks import LookPlan
from scenarios.catalogue.cells import cell_of
from scenarios.catalogue.comparable import (
    refuse_expectations,
    refuse_factors,
    refuse_measures,
    refuse_names,
    refuse_same,
)
from scenarios.catalogue.declare import Scenario
from scenarios.catalogue.levels import refuse_levels
from scenarios.catalogue.request import REFERENCE_OFFER, Machine, TargetOffer
from scenarios.catalogue.selection import find
from scenarios.load.arms import refuse_impossible

EXPERIMENTS_FILE = Path(scenarios.__file__).parent / "experiments.toml"
FORMAT = 1
ALPHA = 0.05
BLOCKS = 22
BLOCKS_MOST = 200
_AROUND_A_BLOCK_S = 6.0
"""pytest's start and the canaries come on top of a block's slots."""


class Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One experiment as the file has it."""

    question: str
    control: str
    arms: dict[str, dict[str, str]]
    parts: list[ExperimentPart]
    factor: str = ""
    blocks: Annotated[int, msgspec.Meta(ge=1, le=BLOCKS_MOST)] = BLOCKS
    expected: list[Hypothesis] = []


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: int
    experiments: dict[str, Definition]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a user asks of an experiment; what is None or empty is the experiment's own."""

    name: str
    arms: tuple[str, ...] = ()
    control: str = ""
    blocks: int | None = None
    budget_min: float | None = None
    margin_percent: float | None = None
    parts: tuple[str, ...] = ()
    seed: int = 1


def load_experiments(file: Path = EXPERIMENTS_FILE) -> dict[str, Definition]:
    """Return name → experiment. Raises UsageError that names file, line and field."""
    content = read_toml(file, _File, what="file of experiments", version=FORMAT)
    return content.experiments


def refuse_mistakes(definitions: Mapping[str, Definition], known: Mapping[str, Scenario]) -> None:
    """Raise UsageError for a name or a level in any of the experiments that nothing knows.

    All of a file are checked, so that a mistake is found when it is made, and not when somebody
    runs that experiment, or after its slots have run.
    """
    for name, one in definitions.items():
        try:
            _refuse_mistakes(name, one.parts, one.arms, one.control, known)
            refuse_expectations(one.expected, one.parts, one.arms)
        except UsageError as error:
            raise UsageError(f"experiment {name}: {error}", hint=error.hint) from error


def _refuse_mistakes(
    name: str,
    parts: Sequence[ExperimentPart],
    arms: Mapping[str, Mapping[str, str]],
    control: str,
    known: Mapping[str, Scenario],
) -> None:
    refuse_names(name, parts, arms)
    if control not in arms:
        raise UsageError(
            f"the control {control} is not among the arms {', '.join(arms)}",
            hint="Name it among them, or choose another with --control",
        )
    if len(arms) < 2:
        raise UsageError("one arm is nothing to compare", hint=f"Try --arms {control},OTHER")
    refuse_factors(parts, arms, known)
    refuse_levels(parts, arms, known)
    refuse_measures(parts)
    refuse_same(parts, arms)


def design(
    wanted: Wanted,
    definition: Definition,
    known: Mapping[str, Scenario],
    *,
    command: str,
    options: SuiteOptions | None = None,
) -> ExperimentPlan:
    """Return the plan of an experiment.

    The arms' order in each block comes from the seed and is balanced: within as many blocks as
    there are arms each stands once in every slot. ``budget_min`` takes as many blocks as fit.
    Raises UsageError for an unknown arm, part or factor, for arms that are the same, and when no
    block fits.
    """
    refuse_names(wanted.name, definition.parts, definition.arms)
    refuse_expectations(definition.expected, definition.parts, definition.arms)
    arms = _arms(wanted, definition)
    parts = _parts(wanted, definition)
    control = wanted.control or definition.control
    _refuse_mistakes(wanted.name, parts, arms, control, known)
    lengths_s = _lengths_s(parts, arms, known, wanted.blocks or definition.blocks)
    if wanted.budget_min is not None:
        lengths_s = list(_that_fit(lengths_s, wanted.budget_min))
    blocks = len(lengths_s)
    looks = LookPlan(blocks=blocks, arms=len(arms) - 1, alpha=ALPHA).looks()
    return ExperimentPlan(
        name=wanted.name,
        question=definition.question,
        command=command,
        facts=versions(),
        options=options or SuiteOptions(),
        seed=wanted.seed,
        control=control,
        arms=arms,
        parts=parts,
        hypotheses=tuple(
            one
            for one in definition.expected
            if one.arm in arms and (not one.relative_to or one.relative_to in arms)
        ),
        orders=tuple(balanced_orders(tuple(arms), blocks, wanted.seed)),
        looks=tuple(PlannedLook(blocks=look.blocks, alpha=look.alpha) for look in looks),
        block_about_s=sum(lengths_s) / blocks,
    )


def balanced_orders(arms: Sequence[str], blocks: int, seed: int) -> Iterator[tuple[str, ...]]:
    """Yield the order of the arms in each block, from random Latin squares.

    A fixed order would give each arm a slot of its own, and slots differ: caches, files, heat.
    """
    chance = seeded_random(seed, "order of slots")
    size = len(arms)
    made = 0
    while made < blocks:
        names = chance.sample(list(arms), size)
        columns = chance.sample(range(size), size)
        for row in chance.sample(range(size), size):
            if made < blocks:
                yield tuple(names[(row + column) % size] for column in columns)
                made += 1


def cells_of_block(
    plan: ExperimentPlan,
    block: int,
    known: Mapping[str, Scenario],
    machine: Machine,
    tried: TargetOffer = REFERENCE_OFFER,
) -> list[PlannedCell]:
    """Return the cells of a block (from 1) in the order of its slots, part by part; those that
    cannot be ``tried`` with the reason.

    All arms of a block share a seed: they see the same users and artworks.
    """
    seed = plan.seed + block - 1
    return [
        cell_of(
            known[part.scenario],
            {**part.levels, **plan.arms[arm]},
            seed,
            machine=machine,
            tried=tried,
        )
        for part in plan.parts_in(block)
        for arm in plan.orders[block - 1]
    ]


def refuse_what_lacks(cells: Sequence[PlannedCell]) -> None:
    """Raise HarnessError when a slot of the first block cannot run here."""
    for cell in cells:
        if cell.not_run:
            line = f"{cell.plan.scenario} cannot run here: {cell.not_run.reason}"
            hint = cell.not_run.fix or "--part NAME runs one part alone"
            raise HarnessError(line, hint=hint)


def _arms(wanted: Wanted, definition: Definition) -> dict[str, dict[str, str]]:
    if not wanted.arms:
        return dict(definition.arms)
    arms = {}
    for name in dict.fromkeys(wanted.arms):
        if name in definition.arms:
            arms[name] = definition.arms[name]
        elif definition.factor:
            arms[name] = {definition.factor: name}
        else:
            find(name, definition.arms, "arm")
    return arms


def _parts(wanted: Wanted, definition: Definition) -> tuple[ExperimentPart, ...]:
    by_name = {part.name: part for part in definition.parts}
    for name in wanted.parts:
        find(name, by_name, "part")
    chosen = [part for part in definition.parts if not wanted.parts or part.name in wanted.parts]
    # What is asked for without the parts beside which it is rare is done in every block.
    often = min(part.every for part in chosen)
    chosen = [msgspec.structs.replace(part, every=part.every // often) for part in chosen]
    if wanted.margin_percent is None:
        return tuple(chosen)
    return tuple(
        msgspec.structs.replace(part, metrics=tuple(_with_margin(part.metrics, wanted)))
        for part in chosen
    )


def _with_margin(metrics: Sequence[Metric], wanted: Wanted) -> Iterator[Metric]:
    for metric in metrics:
        yield msgspec.structs.replace(metric, margin_percent=wanted.margin_percent)


def _lengths_s(
    parts: Sequence[ExperimentPart],
    arms: Mapping[str, Mapping[str, str]],
    known: Mapping[str, Scenario],
    blocks: int,
) -> list[float]:
    """Return how long each block takes, about: not every part is done in every block."""
    lengths_s = [_AROUND_A_BLOCK_S] * blocks
    for part in parts:
        scenario = find(part.scenario, known, "scenario")
        for levels in arms.values():
            arm = {**part.levels, **levels}
            refuse_impossible(arm)
            slot_s = scenario.about_s(arm)
            for block in range(0, blocks, part.every):
                lengths_s[block] += slot_s
    return lengths_s


def _that_fit(lengths_s: Sequence[float], budget_min: float) -> Iterator[float]:
    """Yield the lengths of the first blocks that fit. Raises UsageError when none does."""
    left_s = budget_min * 60
    if lengths_s[0] > left_s:
        raise UsageError(
            f"the first block takes about {lengths_s[0]:.0f} s: none fits into {budget_min:g} min",
            hint="Leave out parts that are done once: name others with --part",
        )
    for length_s in lengths_s:
        left_s -= length_s
        if left_s < 0:
            return
        yield length_s
