"""A case of the product: a visit case of the durable recorder on a server with the product."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness.browsers.base import Can
from harness.target.capabilities import Capability
from harness.target.reference.product import IMPROVEMENT
from scenarios.catalogue.declare import F, check
from scenarios.common.visit_case import Checks, visit_case


def product_case(
    *,
    views: int,
    replays: int,
    checks: Checks = (),
    about_s: float = 20,
    abilities: Sequence[Can] = (),
    unsupported: dict[str, str] | None = None,
    **factors: Sequence[str],
) -> Callable[[F], F]:
    """Register a case in which pages show ``views`` views, and ``replays`` again."""
    always = [
        check("replays_not_recorded", replays=replays),
        check("replays_counted", replays=replays),
    ]
    return visit_case(
        matrix="product",
        views=views,
        checks=lambda arm: (*always, *(checks(arm) if callable(checks) else checks)),
        about_s=about_s,
        presets=("durable",),
        needs=(),
        some_lost=False,
        abilities=abilities,
        unsupported=unsupported,
        controls={Capability.RESTARTABLE_SERVER, Capability.TABLE},
        improvement=[IMPROVEMENT],
        **factors,
    )
