"""A visit case: a scenario of visitors on every engine with both recorders, nothing lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from harness.browsers.base import Can
from harness.browsers.catalogue import ENGINES
from harness.ledger.rundir import Arm, CheckSpec
from harness.target.capabilities import Capability
from scenarios.catalogue.declare import F, arms, check, scenario
from scenarios.common.delivery import (
    EXACTLY_ONCE_BUT_SOME,
    exactly_once,
    has_rules_of_its_own,
    of_any_recorder,
)

PRESETS = ("durable", "roadmap")

Checks = Sequence[CheckSpec] | Callable[[Arm], Sequence[CheckSpec]]


def visit_case(
    *,
    views: int | Callable[[Arm], int],
    checks: Checks = (),
    about_s: float | Callable[[Arm], float] = 8,
    presets: Sequence[str] = PRESETS,
    needs: Sequence[str] = (),
    abilities: Sequence[Can] = (),
    unsupported: Mapping[str, str] | None = None,
    some_lost: bool = False,
    matrix: str = "browsers",
    controls: Iterable[Capability] = (),
    **factors: Sequence[str],
) -> Callable[[F], F]:
    """Register a case that shows ``views`` views, each of which must be stored exactly once.

    ``checks`` are the case's own. With ``some_lost`` recorders may lose views, all but the
    roadmap's: what a server refused for good, what a user erased. A check of the case's own then
    says which, and allows no other. ``controls`` are what a target must offer beside a page for the
    case to be run. ``factors`` are varied beside the browser and the preset. A recorder whose rules
    are not known is held to delivery alone.
    """

    def all_checks(arm: Arm) -> Sequence[CheckSpec]:
        own = checks(arm) if callable(checks) else checks
        own = of_any_recorder(own) if has_rules_of_its_own(arm) else own
        planned = views(arm) if callable(views) else views
        if some_lost and arm["preset"] != "roadmap":
            own = (check("views_as_planned", views=planned), *EXACTLY_ONCE_BUT_SOME, *own)
        else:
            own = (*exactly_once(planned), *own)
        return (*own, check("drained_in_time"))

    return scenario(
        matrix=matrix,
        arms=arms(browser=ENGINES, preset=presets, **factors),
        needs=needs,
        checks=all_checks,
        about_s=about_s,
        abilities=abilities,
        unsupported=unsupported,
        controls=controls,
    )


def only(preset: str, *specs: CheckSpec) -> Callable[[Arm], Sequence[CheckSpec]]:
    """Return checks that judge one preset: the other has no such rule."""
    return lambda arm: specs if arm["preset"] == preset else ()
