"""Which cells of two suites are the same: scenario, arm and seed; else scenario and arm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reports.judging.judge import JudgedRun
from reports.verdict.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class CellMatch:
    """The runs of both sides that are compared as one: of one seed, or of all seeds of one arm."""

    scenario: str
    arm: str
    seeds: str
    a: tuple[JudgedRun, ...]
    b: tuple[JudgedRun, ...]

    @property
    def is_single(self) -> bool:
        """Return whether it is one run against one."""
        return len(self.a) == len(self.b) == 1

    @property
    def is_pair(self) -> bool:
        """Return whether it is one run against one with the same seed."""
        return self.is_single and self.a[0].cell.seed == self.b[0].cell.seed


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """``pairs`` share scenario, arm and seed; ``groups`` hold all seeds of an arm, where a side has
    several, or both have no seed in common. ``only_a`` and ``only_b`` name cells without any."""

    pairs: tuple[CellMatch, ...]
    groups: tuple[CellMatch, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]

    @property
    def judged_by(self) -> tuple[CellMatch, ...]:
        """Return what verdicts are compared by: pairs, and arms without a common seed."""
        paired = {(one.scenario, one.arm) for one in self.pairs}
        loose = [one for one in self.groups if (one.scenario, one.arm) not in paired]
        return (*self.pairs, *loose)

    @property
    def arms(self) -> tuple[CellMatch, ...]:
        """Return every arm that both have once, over all its seeds."""
        grouped = {(one.scenario, one.arm) for one in self.groups}
        single = [one for one in self.pairs if (one.scenario, one.arm) not in grouped]
        return (*single, *self.groups)


def match(a: Mapping[str, JudgedRun], b: Mapping[str, JudgedRun]) -> Matching:
    """Return which runs of two suites belong together, in A's order."""
    of_a, of_b = _by_arm(a), _by_arm(b)
    pairs, groups = [], []
    for (scenario, arm), own in of_a.items():
        other = of_b.get((scenario, arm), {})
        shared = [seed for seed in own if seed in other]
        pairs += [
            CellMatch(scenario=scenario, arm=arm, seeds=str(seed), a=(own[seed],), b=(other[seed],))
            for seed in shared
        ]
        if other and not (len(own) == len(other) == len(shared) == 1):
            seeds = f"{_seeds(own)} against {_seeds(other)}" if set(own) != set(other) else ""
            groups.append(
                CellMatch(
                    scenario=scenario,
                    arm=arm,
                    seeds=seeds or _seeds(own),
                    a=tuple(own.values()),
                    b=tuple(other.values()),
                )
            )
    return Matching(
        pairs=tuple(pairs), groups=tuple(groups), only_a=_alone(a, of_b), only_b=_alone(b, of_a)
    )


def counts(run: JudgedRun) -> bool:
    """Return whether what a run measured is known well enough to be compared."""
    return run.cell.verdict in (Verdict.PASS, Verdict.FAIL) and bool(run.cell.fates)


_ByArm = dict[tuple[str, str], dict[int, JudgedRun]]


def _by_arm(runs: Mapping[str, JudgedRun]) -> _ByArm:
    found: _ByArm = {}
    for run in runs.values():
        found.setdefault((run.cell.scenario, run.cell.arm), {})[run.cell.seed] = run
    return found


def _alone(runs: Mapping[str, JudgedRun], other: _ByArm) -> tuple[str, ...]:
    """Return the names of the cells that are compared with none: the other side has not their arm,
    or has it with other seeds of which some are common."""
    found = []
    own = _by_arm(runs)
    for name, run in runs.items():
        key = run.cell.scenario, run.cell.arm
        seeds = other.get(key, {})
        if not seeds or (run.cell.seed not in seeds and any(seed in seeds for seed in own[key])):
            found.append(name)
    return tuple(found)


def _seeds(runs: Mapping[int, JudgedRun]) -> str:
    """Return the seeds, ranges as such: ``1–3, 7``."""
    spans: list[list[int]] = []
    for seed in sorted(runs):
        if spans and seed == spans[-1][1] + 1:
            spans[-1][1] = seed
        else:
            spans.append([seed, seed])
    return ", ".join(str(low) if low == high else f"{low}–{high}" for low, high in spans)
