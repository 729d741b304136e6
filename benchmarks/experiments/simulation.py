"""Experiments whose truth is known: blocks drift, arms add effects, and noise has a shape.

Every figure comes from the functions that decide real experiments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from reports.core.types import Floats
from reports.statistics.paired.arms import decide_arms
from reports.statistics.paired.decision import PairedDecision
from reports.statistics.paired.looks import LookPlan
from reports.statistics.paired.permutation import generator

SHAPES = ("normal", "t3", "lognormal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What a simulated experiment is like; effects, noise and drift are in log units.

    ``effects``: of each arm against the control. ``noise``: standard deviation of one slot's value.
    ``drift``: standard deviation of what all slots of a block share, an AR(1) with ``drift_memory``
    from block to block. ``memory``: how much of its own deviation an arm keeps from block to block,
    which makes the differences themselves an AR(1).
    """

    blocks: int
    effects: tuple[float, ...] = (0.0,)
    noise: float = 0.03
    shape: str = "normal"
    drift: float = 0.2
    drift_memory: float = 0.8
    memory: float = 0.0

    def of(self, seed: int) -> Floats:
        """Return the log values, blocks x (control and arms), of one experiment."""
        chance = generator(f"experiment {self}", seed)
        arms = len(self.effects) + 1
        shared = remembered(chance.normal(size=(self.blocks, 1)), self.drift_memory) * self.drift
        own = remembered(standard(chance, self.shape, (self.blocks, arms)), self.memory)
        values: Floats = shared + self.noise * own + np.array([0.0, *self.effects])
        return values


@dataclass(frozen=True, slots=True)
class Ended:
    """How an experiment ended: each arm's last decision, and the blocks that it took."""

    decisions: Mapping[str, PairedDecision]
    blocks: int

    def verdicts(self) -> list[str]:
        """Return the verdicts in the order of the arms."""
        return [one.verdict for one in self.decisions.values()]


def standard(chance: np.random.Generator, shape: str, size: tuple[int, ...]) -> Floats:
    """Return noise of a shape with variance 1; the log-normal kind is skewed, with mean zero."""
    drawn: Floats
    if shape == "normal":
        drawn = chance.normal(size=size)
    elif shape == "t3":
        drawn = chance.standard_t(3, size=size) / np.sqrt(3)
    else:
        drawn = (np.exp(chance.normal(size=size)) - np.exp(0.5)) / np.sqrt((np.e - 1) * np.e)
    return drawn


def remembered(drawn: Floats, memory: float) -> Floats:
    """Return an AR(1) along the blocks with the variance of what was drawn."""
    values = drawn.copy()
    for block in range(1, len(drawn)):
        values[block] = memory * values[block - 1] + np.sqrt(1 - memory**2) * drawn[block]
    return values


def carried_out(values: Floats, *, margin: float, alpha: float = 0.05, looks: bool = True) -> Ended:
    """Return how an experiment ends that looks as planned; a decided arm is not asked again."""
    blocks, arms = len(values), values.shape[1] - 1
    planned = LookPlan(blocks=blocks, arms=arms, alpha=alpha).looks()
    if not looks:
        planned = (replace(planned[-1], alpha=alpha),)
    ended: dict[str, PairedDecision] = {}
    taken = 0
    for look in planned:
        taken = look.blocks
        kept = {name: one.blocks for name, one in ended.items() if one.verdict != "undecided"}
        differences = {
            str(arm): (values[:, arm] - values[:, 0])[: kept.get(str(arm), taken)]
            for arm in range(1, arms + 1)
        }
        found = decide_arms(differences, look, margin=margin)
        ended = {name: ended[name] if name in kept else one for name, one in found.items()}
        if all(one.verdict != "undecided" for one in ended.values()):
            break
    return Ended(ended, taken)
