"""The checks that every scenario with a durable table is judged by."""

from __future__ import annotations

from collections.abc import Iterable

from harness.ledger.rundir import Arm, CheckSpec
from scenarios.catalogue.declare import REFERENCE_RECORDERS, check

EXACTLY_ONCE = (
    check("nothing_lost"),
    check("nothing_twice"),
    check("nothing_unshown"),
    check("nothing_corrupt"),
    check("every_view_carried"),
    check("conservation"),
    check("roadmap_sql"),
)
"""From the eye to the row: everything shown is stored once, and nothing else."""


EXACTLY_ONCE_BUT_SOME = tuple(
    spec for spec in EXACTLY_ONCE if spec.name not in ("nothing_lost", "every_view_carried")
)
"""The same where a server refused views for good, or a user erased them: ``refused_were_dropped``
or ``only_erased_lost`` says which are lost."""


_OF_ANY_RECORDER = frozenset({"premise_held", "tabs_restored", "calibrated", "fault_was_live"})
"""The checks of a case that judge its premises: what a recorder of unknown rules is held to is
delivery."""


def has_rules_of_its_own(arm: Arm) -> bool:
    """Return whether an arm's recorder is neither of the two whose rules are known."""
    return arm["preset"] not in REFERENCE_RECORDERS


def of_any_recorder(specs: Iterable[CheckSpec]) -> tuple[CheckSpec, ...]:
    """Return those of a case's own checks that ask nothing of how the recorder works.

    A fault need not be felt by a recorder that tells nothing of itself; its sentinel feels it.
    """
    kept = [spec for spec in specs if spec.name in _OF_ANY_RECORDER]
    return tuple(
        check(spec.name, **{**spec.parameters, "felt_least": 0.0})
        if spec.name == "fault_was_live"
        else spec
        for spec in kept
    )


def exactly_once(views: int) -> tuple[CheckSpec, ...]:
    """Return these checks for a scenario that shows ``views`` views; fewer prove nothing."""
    return (check("views_as_planned", views=views), *EXACTLY_ONCE)
