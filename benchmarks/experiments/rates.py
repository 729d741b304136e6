"""The figures: how often a promise is broken, an effect found, the truth inside the interval."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from benchmarks.experiments.simulation import Truth, carried_out
from reports.core.types import Floats, Ints
from reports.statistics.paired import signed_rank, student
from reports.statistics.paired.decision import decide
from reports.statistics.paired.dependence import slot_effect, super_blocks
from reports.statistics.paired.permutation import generator
from reports.statistics.share import share_interval


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something happened, with the exact two-sided 95 % interval of its chance."""

    count: int
    n: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FalseAlarms:
    """Arms without an effect: experiments with any better or worse; with nothing but equivalent."""

    name: str
    margin: float
    wrong: Rate
    equivalent: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class AtTheMargin:
    """An arm whose true effect is the margin itself: each of these would be wrong."""

    blocks: int
    beyond: Rate
    equivalent: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedEffect:
    """A planted effect (a share): how experiments end, and how many blocks they take on average."""

    effect: float
    noise: float
    blocks: int
    arms: int
    margin: float
    worse: Rate
    equivalent: Rate
    undecided: Rate
    blocks_taken: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How often the 95 % interval holds the true effect, t's beside it, and the median width."""

    name: str
    blocks: int
    holds: Rate
    t_holds: Rate
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependent:
    """Differences that keep a share of their neighbour's deviation, without any effect.

    ``wrong``: better or worse with a margin of zero; ``planned``: the same with two looks. The
    others are what plain t, and t on means of two and of three neighbours, would have called
    different. ``found``: an effect that plain t finds in most experiments without dependence.
    """

    memory: float
    blocks: int
    wrong: Rate
    planned: Rate
    plain: Rate
    twos: Rate
    threes: Rate
    found: Rate
    plain_found: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotPower:
    """How often a slot that adds ``effect`` times the noise is found at p ≤ .05."""

    effect: float
    blocks: int
    arms: int
    found: Rate


def rate(happened: Iterable[bool]) -> Rate:
    """Return how often something happened."""
    flags = [bool(one) for one in happened]
    low, high = share_interval(sum(flags), len(flags))
    return Rate(sum(flags), len(flags), sum(flags) / max(1, len(flags)), low, high)


def false_alarms(truth: Truth, margin: float, n: int) -> FalseAlarms:
    """Return how often arms without an effect are called better or worse, all looks included."""
    ended = [carried_out(truth.of(seed), margin=margin).verdicts() for seed in range(n)]
    return FalseAlarms(
        name=f"{len(truth.effects)} arm(s), {truth.blocks} blocks, {truth.shape}",
        margin=margin,
        wrong=rate({"better", "worse"} & set(one) != set() for one in ended),
        equivalent=rate(set(one) == {"equivalent"} for one in ended),
    )


def at_the_margin(blocks: int, margin: float, n: int) -> AtTheMargin:
    """Return how often an arm that is off by exactly the margin is decided, either way."""
    truth = Truth(blocks=blocks, effects=(math.log1p(margin),))
    ended = [carried_out(truth.of(seed), margin=margin).verdicts()[0] for seed in range(n)]
    return AtTheMargin(
        blocks=blocks,
        beyond=rate(one in ("better", "worse") for one in ended),
        equivalent=rate(one == "equivalent" for one in ended),
    )


def power(truth: Truth, margin: float, n: int) -> PlantedEffect:
    """Return how experiments end in which the first arm is worse by its effect."""
    ended = [carried_out(truth.of(seed), margin=margin) for seed in range(n)]
    verdicts = [one.verdicts()[0] for one in ended]
    return PlantedEffect(
        effect=math.expm1(truth.effects[0]),
        noise=truth.noise,
        blocks=truth.blocks,
        arms=len(truth.effects),
        margin=margin,
        worse=rate(one == "worse" for one in verdicts),
        equivalent=rate(one == "equivalent" for one in verdicts),
        undecided=rate(one == "undecided" for one in verdicts),
        blocks_taken=float(np.mean([one.decisions["1"].blocks for one in ended])),
    )


def coverage(truth: Truth, n: int, *, skewed: bool = False) -> Coverage:
    """Return how often the interval holds the first arm's effect.

    ``skewed``: the control has no noise of its own, so that the differences are as skewed as the
    noise, and the mean, which the signed-rank interval does not promise to hold, is the target.
    """
    target = truth.effects[0]
    held, t_held, widths = [], [], []
    for seed in range(n):
        values = truth.of(seed)
        d = values[:, 1] - values[:, 0]
        if skewed:
            d = target + truth.noise * remembered_skew(truth, seed)
        found = decide(d, margin=0.0)
        held.append(found.low <= target <= found.high)
        t_held.append(found.t_low <= target <= found.t_high)
        widths.append(found.high - found.low)
    return Coverage(
        name=f"{truth.shape}{', skewed differences (their mean)' if skewed else ''}",
        blocks=truth.blocks,
        holds=rate(held),
        t_holds=rate(t_held),
        width=float(np.median(widths)),
    )


def remembered_skew(truth: Truth, seed: int) -> Floats:
    """Return one column of the noise, which is all that skewed differences have."""
    alone = Truth(blocks=truth.blocks, effects=(), shape=truth.shape, drift=0.0, noise=1.0)
    column: Floats = alone.of(seed)[:, 0]
    return column


def dependent(memory: float, blocks: int, n: int) -> Dependent:
    """Return how often dependence makes an effect of nothing, with and without the allowance."""
    truth = Truth(blocks=blocks, memory=memory)
    effect = 3.6 * truth.noise * math.sqrt(2 / blocks)
    flags: dict[str, list[bool]] = {name: [] for name in Dependent.__slots__ if name not in _GIVEN}
    for seed in range(n):
        values = truth.of(seed)
        d = values[:, 1] - values[:, 0]
        flags["wrong"].append(decide(d, margin=0.0).verdict != "undecided")
        flags["planned"].append(carried_out(values, margin=0.0).verdicts() != ["undecided"])
        flags["plain"].append(student.p_value(d) <= 0.05)
        flags["twos"].append(student.p_value(super_blocks(d, 2)) <= 0.05)
        flags["threes"].append(student.p_value(super_blocks(d, 3)) <= 0.05)
        flags["found"].append(decide(d + effect, margin=0.0).verdict == "worse")
        flags["plain_found"].append(signed_rank.p_value(d + effect) <= 0.05)
    rates = {name: rate(values) for name, values in flags.items()}
    return Dependent(memory=memory, blocks=blocks, **rates)


_GIVEN = ("memory", "blocks")


def slot_power(effect: float, blocks: int, arms: int, n: int) -> SlotPower:
    """Return how often the last slot's effect, in standard deviations of the noise, is found."""
    found = []
    for seed in range(n):
        chance = generator(f"slots {effect} {blocks} {arms}", seed)
        slots = balanced(chance, blocks, arms)
        values = chance.normal(size=(blocks, arms)) + effect * (slots == arms - 1)
        found.append(slot_effect(values, slots).p <= 0.05)
    return SlotPower(effect=effect, blocks=blocks, arms=arms, found=rate(found))


def balanced(chance: np.random.Generator, blocks: int, arms: int) -> Ints:
    """Return slots, blocks x arms, in a random order in which each arm is in each slot in turn."""
    turns = (np.arange(blocks)[:, np.newaxis] + np.arange(arms)) % arms
    shuffled: Ints = chance.permutation(turns, axis=0)[:, chance.permutation(arms)]
    return shuffled
