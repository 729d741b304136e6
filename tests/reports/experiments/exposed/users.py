"""Users of made-up experiments, and what the analysis makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reports.experiments.exposed.analysis import (
    ExposedResult,
    UserMetric,
    VariantComparison,
    analyse_exposed,
)
from reports.statistics.paired.permutation import generator

EQUAL = {"a": 1.0, "b": 1.0}


def per_user(values: Mapping[str, float], *, better: str = "higher") -> UserMetric:
    events = {user: (value, 1.0) for user, value in values.items()}
    side = "lower" if better == "lower" else "higher"
    return UserMetric(name="views", better=side, events=events, every_user_counts=True)  # type: ignore[arg-type]


def analysed(
    arms: Mapping[str, Sequence[float]],
    *,
    better: str = "higher",
    shares: Mapping[str, float] = EQUAL,
    margin: float = 0.05,
) -> ExposedResult:
    """The analysis of one value a user; ``a`` is the control."""
    values = {f"{arm}{n}": v for arm, column in arms.items() for n, v in enumerate(column)}
    exposed = [(f"{arm}{n}", arm) for arm, column in arms.items() for n in range(len(column))]
    metric = per_user(values, better=better)
    return analyse_exposed("e", exposed, [metric], control="a", shares=shares, margin=margin)


def only(result: ExposedResult) -> VariantComparison:
    (one,) = result.comparisons
    return one


def around(name: str, mean: float, users: int, spread: float = 10.0) -> list[float]:
    return generator(name).normal(mean, spread, users).tolist()


SOUND = analysed({"a": around("a", 100, 400), "b": around("b", 120, 400)})
BROKEN = analysed({"a": around("a", 100, 400), "b": around("b", 120, 250)})
