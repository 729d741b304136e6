"""What the cases of the concurrency matrix share: both presets, the books balanced."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from harness.browsers.base import Can
from harness.ledger.rundir import Arm, CheckSpec
from scenarios.catalogue.declare import F, check
from scenarios.common.case import PRESETS, Checks
from scenarios.common.case import case as browser_case

ALWAYS = (check("absorbed_explained"), check("no_violations"))
"""What races must not do to the books: a duplicate nobody sent, or an error of the database."""


def case(
    *,
    views: int,
    checks: Checks = (),
    about_s: float = 12,
    presets: Sequence[str] = PRESETS,
    needs: Sequence[str] = (),
    abilities: Sequence[Can] = (),
    unsupported: Mapping[str, str] | None = None,
    some_lost: bool = False,
    **factors: Sequence[str],
) -> Callable[[F], F]:
    """Register a case of the matrix: it shows ``views`` views, each stored exactly once.

    With ``some_lost`` a check of its own says which of them may be lost.
    """

    def all_checks(arm: Arm) -> Sequence[CheckSpec]:
        own = checks(arm) if callable(checks) else checks
        named = {spec.name for spec in own}
        return (*(spec for spec in ALWAYS if spec.name not in named), *own)

    return browser_case(
        matrix="concurrency",
        views=views,
        checks=all_checks,
        about_s=about_s,
        presets=presets,
        needs=needs,
        abilities=abilities,
        unsupported=unsupported,
        exclusive=False,
        some_lost=some_lost,
        **factors,
    )
