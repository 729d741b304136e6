"""Which cells of a plan ask all that another one asks, and more.

That two cells have the same checks does not make one the answer to the other: what is done in them
differs. Therefore a scenario says so itself (``grows_with``: a greater number of that factor does
all that a smaller does), and what it says is held against the cells' checks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from harness.ledger.plan import PlannedCell
from harness.ledger.rundir import CheckSpec

COUNTS = frozenset({"views", "least"})
"""Parameters of checks that say how much there must be at least."""

Answers = Mapping[str, frozenset[str]]
"""A cell's run directory → those of the cells that ask all that it asks."""


def answers_of(cells: Sequence[PlannedCell], grows_with: Mapping[str, str]) -> Answers:
    """Return the cells that can run here and that others answer, which can run here too.

    ``grows_with`` is scenario → factor. The cells have the same seed and the same levels of all
    other factors, and every check of the one is among those of the other, as strict at least.
    """
    alike: dict[object, list[PlannedCell]] = defaultdict(list)
    for cell in cells:
        factor = grows_with.get(cell.plan.scenario)
        if cell.not_run is None and factor is not None and factor in cell.plan.arm:
            others = tuple(sorted((k, v) for k, v in cell.plan.arm.items() if k != factor))
            alike[cell.plan.scenario, others, cell.plan.seed].append(cell)
    found = {}
    for group in alike.values():
        for cell in group:
            factor = grows_with[cell.plan.scenario]
            size = int(cell.plan.arm[factor])
            larger = [one for one in group if int(one.plan.arm[factor]) > size]
            runs = {one.run for one in larger if covers(one.plan.checks, cell.plan.checks)}
            if runs:
                found[cell.run] = frozenset(runs)
    return found


def covers(more: Iterable[CheckSpec], less: Iterable[CheckSpec]) -> bool:
    """Return whether every check of ``less`` is among ``more``: with the same parameters, those in
    ``COUNTS`` as great at least."""
    there = list(more)
    return all(any(_as_strict(one, spec) for one in there) for spec in less)


def _as_strict(one: CheckSpec, than: CheckSpec) -> bool:
    if one.name != than.name or one.parameters.keys() != than.parameters.keys():
        return False
    return all(
        _at_least(one.parameters[name], value) if name in COUNTS else one.parameters[name] == value
        for name, value in than.parameters.items()
    )


def _at_least(value: float | str, least: float | str) -> bool:
    return not isinstance(value, str) and not isinstance(least, str) and value >= least
