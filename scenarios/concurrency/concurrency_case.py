"""A case of the concurrency matrix: a visit case that must not disturb the database either."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from harness.browsers.base import Can
from harness.ledger.rundir import Arm, CheckSpec
from harness.target.capabilities import Capability
from scenarios.catalogue.declare import F, check
from scenarios.common.visit_case import PRESETS, Checks, visit_case

ALWAYS = (check("absorbed_explained"), check("no_violations"))
"""What races must not do: cause a duplicate that no attempt explains, or a database error."""


def concurrency_case(
    *,
    views: int,
    checks: Checks = (),
    about_s: float = 12,
    presets: Sequence[str] = PRESETS,
    needs: Sequence[str] = (),
    abilities: Sequence[Can] = (),
    unsupported: Mapping[str, str] | None = None,
    some_lost: bool = False,
    controls: Iterable[Capability] = (),
    **factors: Sequence[str],
) -> Callable[[F], F]:
    """Register a case of the matrix: a ``visit_case`` that is judged by ``ALWAYS`` too.

    A check of the case's own goes before the one of that name.
    """

    def all_checks(arm: Arm) -> Sequence[CheckSpec]:
        own = checks(arm) if callable(checks) else checks
        named = {spec.name for spec in own}
        return (*(spec for spec in ALWAYS if spec.name not in named), *own)

    return visit_case(
        matrix="concurrency",
        views=views,
        checks=all_checks,
        about_s=about_s,
        presets=presets,
        needs=needs,
        abilities=abilities,
        unsupported=unsupported,
        some_lost=some_lost,
        controls=controls,
        **factors,
    )
