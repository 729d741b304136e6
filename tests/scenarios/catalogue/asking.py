"""Asking for a plan: of the project's own catalogue, on a machine that lacks what a test says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.ledger.plan import PlannedCell
from scenarios.catalogue.planning import plan
from scenarios.catalogue.request import REFERENCE_OFFER, PlanRequest, TargetOffer, load_catalogue


@dataclass(frozen=True, slots=True)
class Lacking:
    """A machine that has every part but these: part → the command that brings it."""

    parts: Mapping[str, str] = field(default_factory=dict)

    def fix(self, part: str) -> str | None:
        """Return the command, or None for a part that is here."""
        return self.parts.get(part)


def planned(
    *names: str,
    suite: str = "",
    seeds: Sequence[int] = (),
    every: bool = False,
    lacking: Mapping[str, str] | None = None,
    tried: TargetOffer = REFERENCE_OFFER,
    **levels: str | Sequence[str],
) -> list[PlannedCell]:
    """Return the plan of a request; a level that is a text stands for itself alone."""
    asked = {f: (ls,) if isinstance(ls, str) else tuple(ls) for f, ls in levels.items()}
    request = PlanRequest(suite=suite, names=names, levels=asked, seeds=tuple(seeds), every=every)
    return plan(request, load_catalogue(tried=tried), Lacking(lacking or {}))


def arms_of(cells: Sequence[PlannedCell], factor: str) -> list[str]:
    """Return each cell's level of a factor."""
    return [cell.plan.arm[factor] for cell in cells]


def checks_of(cell: PlannedCell) -> set[str]:
    """Return the names of what judges a cell."""
    return {spec.name for spec in cell.plan.checks}
