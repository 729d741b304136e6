"""A result from hand-written numbers: blocks with their verdicts on the disk, and no runs.

Each arm has figures by measure and block; where a number is None its slot has none. ``analyse``
reads them back as it reads a real experiment.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from harness.ledger.experiment import (
    BlockEnd,
    ExperimentPart,
    ExperimentPlan,
    Hypothesis,
    Metric,
    PlannedLook,
    block_directory,
    write_block_end,
)
from harness.ledger.json_files import write_record
from reports.experiments.result import Result, analyse
from reports.pages.publish import VERDICT_FILE
from reports.statistics.paired.looks import LookPlan
from reports.verdict.verdict import Cell, Finding, SuiteVerdict, Verdict, judge_cells

SHOWN = 1_000
METRICS = (
    Metric(measure="load_response_p95_ms", title="response, p95"),
    Metric(measure="shown_to_durable_p95_ms", title="age when durable, p95"),
    Metric(measure="requests_per_1000_impressions", title="requests per 1,000 impressions"),
)

Figures = Mapping[str, Sequence[float | None]]

ONE = (METRICS[0],)
LOOK = (PlannedLook(blocks=11, alpha=0.05),)


@dataclass(kw_only=True)
class Written:
    """What an experiment measured: arm → measure → a figure a block; the first arm is the control.

    ``lost`` and ``false`` are impressions by arm, ``unknown`` the (block, arm) that do not count
    and why, ``not_run`` those without a run.
    """

    arms: Mapping[str, Figures]
    metrics: Sequence[Metric] = METRICS
    name: str = "batch-size"
    question: str = "How many impressions should a batch hold?"
    part: str = "load"
    title: str = "Ready batches at 4,000 impressions a second"
    lost: Mapping[str, int] = field(default_factory=dict)
    gates: bool = True
    false: Mapping[str, int] = field(default_factory=dict)
    unknown: Mapping[tuple[int, str], str] = field(default_factory=dict)
    failed: Mapping[tuple[int, str], Sequence[str]] = field(default_factory=dict)
    not_run: Collection[tuple[int, str]] = ()
    canary_s: Mapping[int, tuple[float, ...]] = field(default_factory=dict)
    hypotheses: Sequence[Hypothesis] = ()
    blocks: int = 0
    looks: Sequence[PlannedLook] = ()
    orders: Sequence[tuple[str, ...]] = ()
    facts: Mapping[str, str] = field(default_factory=lambda: {"Python": "3.11.2"})

    @property
    def complete(self) -> int:
        """How many blocks have figures."""
        return max((len(of) for own in self.arms.values() for of in own.values()), default=0)

    def plan(self) -> ExperimentPlan:
        """The experiment's plan."""
        blocks = self.blocks or max(self.complete, 1)
        names = list(self.arms)
        turned = [tuple(names[n % len(names) :] + names[: n % len(names)]) for n in range(blocks)]
        planned = LookPlan(blocks=blocks, arms=max(len(names) - 1, 1)).looks()
        looks = self.looks or [PlannedLook(blocks=one.blocks, alpha=one.alpha) for one in planned]
        return ExperimentPlan(
            name=self.name,
            question=self.question,
            command=f"harness experiment {self.name} --seed 3",
            started="2026-11-29T20:00:00Z",
            facts=self.facts,
            seed=3,
            control=names[0],
            arms={name: {"batch": name} for name in names},
            parts=(
                ExperimentPart(
                    name=self.part,
                    title=self.title,
                    scenario="paced_load",
                    metrics=tuple(self.metrics),
                ),
            ),
            hypotheses=tuple(self.hypotheses),
            orders=tuple(self.orders or turned),
            looks=tuple(looks),
            block_about_s=40.0,
        )

    def result(self, directory: Path) -> Result:
        """Write the blocks below a directory and return what they show."""
        plan = self.plan()
        for number in range(1, self.complete + 1):
            where = block_directory(directory, number)
            where.mkdir(parents=True)
            cells = tuple(self._cell(number, arm) for arm in plan.orders[number - 1])
            verdict, reason = judge_cells(cells)
            suite = SuiteVerdict(
                verdict=verdict,
                reason=reason,
                suite=f"block {number}",
                started=plan.started,
                duration_s=40.0,
                command="",
                cells=cells,
            )
            write_record(where / VERDICT_FILE, suite)
            canary = self.canary_s.get(number, (0.1 + 0.0005 * number, 0.101))
            write_block_end(where, BlockEnd(block=number, canary_s=canary, duration_s=41.0))
        return analyse(directory, plan)

    def _cell(self, block: int, arm: str) -> Cell:
        if (block, arm) in self.not_run:
            return Cell(
                scenario="paced_load",
                arm=f"batch={arm}",
                seed=2 + block,
                verdict=Verdict.NOT_RUN,
                reason="no time was left",
            )
        why = self.unknown.get((block, arm), "")
        fates = {"recorded_once": SHOWN}
        for fate, by_arm in (("lost_acked", self.lost), ("duplicate_stored", self.false)):
            count = _share_of(by_arm.get(arm, 0), block, self.complete)
            if count:
                fates = {fate: count, **fates, "recorded_once": fates["recorded_once"] - count}
        found = {
            measure: values[block - 1]
            for measure, values in self.arms[arm].items()
            if len(values) >= block
        }
        measures = {name: value for name, value in found.items() if value is not None}
        failed = [
            *(["nothing_lost"] if "lost_acked" in fates else []),
            *(["nothing_twice"] if "duplicate_stored" in fates else []),
            *self.failed.get((block, arm), ()),
        ]
        return Cell(
            scenario="paced_load",
            arm=f"batch={arm}",
            seed=2 + block,
            verdict=Verdict.UNKNOWN if why else Verdict.FAIL if failed else Verdict.PASS,
            reason=why or "as it is",
            findings=tuple(
                Finding(check=check, verdict=Verdict.FAIL, summary=f"{check} in block {block}")
                for check in failed
            ),
            run=f"cells/{list(self.arms).index(arm)}-{block}",
            finished=True,
            gates=self.gates,
            duration_s=9.0,
            fates=fates,
            measures={"shown_impressions": float(SHOWN), **measures},
        )


def _share_of(total: int, block: int, blocks: int) -> int:
    """The part of a total that falls on one block."""
    return total // blocks + (block <= total % blocks)


def around(
    factors: Mapping[str, Sequence[float]],
    *,
    blocks: int = 11,
    metrics: Sequence[Metric] = METRICS,
    bases: Sequence[float] = (50.0, 800.0, 5.0),
    noise: float = 0.02,
    seed: int = 7,
) -> dict[str, dict[str, list[float | None]]]:
    """Figures of each arm: every metric's base times the arm's factor, with noise that blocks share
    and noise of each slot's own."""
    chance = np.random.default_rng(seed)
    drift = np.exp(chance.normal(0, 0.05, blocks))
    return {
        arm: {
            metric.measure: [
                float(base * factor * drift[n] * np.exp(chance.normal(0, noise)))
                for n in range(blocks)
            ]
            for metric, base, factor in zip(metrics, bases, own, strict=False)
        }
        for arm, own in factors.items()
    }


def four_arms(**changes: object) -> Written:
    """Four arms, eleven blocks, three figures: one arm is better, one loses."""
    factors = {"200": (1.0, 1.0, 1.0), "50": (1.02, 0.93, 4.0)}
    factors |= {"100": (0.9, 0.97, 2.0), "500": (1.3, 1.6, 0.4)}
    values: dict[str, object] = {
        "arms": around(factors),
        "lost": {"500": 132},
        "looks": (PlannedLook(blocks=6, alpha=0.003), PlannedLook(blocks=11, alpha=0.049)),
        "unknown": {(4, "50"): "the load generator lagged by 212 ms"},
        "canary_s": {7: (0.1, 0.14)},
        "hypotheses": (
            Hypothesis(
                arm="50",
                part="load",
                measure="load_response_p95_ms",
                says="latency low (20–40 ms)",
                low=20,
                high=40,
            ),
            Hypothesis(
                arm="50",
                part="load",
                measure="requests_per_1000_impressions",
                says="network overhead high: 4 times the requests",
                low=270,
                high=330,
                relative_to="200",
            ),
            Hypothesis(
                arm="100",
                part="load",
                measure="load_response_p95_ms",
                says="latency medium: less than at 200",
                high=-9,
                relative_to="200",
            ),
        ),
    }
    return Written(**(values | changes))  # type: ignore[arg-type]


def one_figure(factor: float, *, noise: float = 0.01, blocks: int = 11, **more: object) -> Written:
    """An arm ``new`` whose response is the control's times a factor, and one look after eleven."""
    arms = around({"old": (1.0,), "new": (factor,)}, noise=noise, blocks=blocks)
    values: dict[str, object] = {"metrics": ONE, "looks": LOOK, "blocks": 11}
    return Written(arms=arms, **(values | more))  # type: ignore[arg-type]
