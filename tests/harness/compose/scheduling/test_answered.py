"""A cell is another's answer where the scenario says so and its checks are among the other's."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from harness.compose.scheduling.answered import answers_of, covers
from harness.ledger.plan import PlannedCell
from harness.ledger.rundir import CheckSpec
from scenarios.catalogue.request import load_catalogue
from tests.harness.compose.scheduling.cells import cell

WALKS = {"walk": "walks"}


def walks(number: int, *, seed: int = 1, views: int | None = None, **arm: str) -> PlannedCell:
    """Return a cell of a number of walks, which asks for ``views`` (by default three each)."""
    one = cell("walk", seed=seed)
    checks = (
        CheckSpec(name="views_as_planned", parameters={"views": views or 3 * number}),
        CheckSpec(name="in_time", parameters={"within_s": 10}),
    )
    plan = replace(one.plan, arm={"walks": str(number), **arm}, checks=checks)
    return replace(one, plan=plan)


def test_more_of_the_same_answers_less_of_it() -> None:
    two, ten, twenty = walks(2), walks(10), walks(20)
    assert answers_of([two, ten, twenty], WALKS) == {
        two.run: {ten.run, twenty.run},
        ten.run: {twenty.run},
    }


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(walks(10, seed=2), id="of another seed"),
        pytest.param(walks(10, browser="firefox"), id="of another arm"),
        pytest.param(walks(10, views=5), id="that asks for fewer views"),
        pytest.param(cell("other"), id="of another scenario"),
        pytest.param(walks(1), id="of fewer walks"),
    ],
)
def test_what_differs_answers_nothing(other: PlannedCell) -> None:
    assert walks(2).run not in answers_of([walks(2), other], WALKS)


def test_what_cannot_run_answers_nothing_and_is_not_answered() -> None:
    away = replace(walks(10), not_run=cell("x", lacks="a browser").not_run)
    assert answers_of([walks(2), away], WALKS) == {}
    assert answers_of([replace(walks(2), not_run=away.not_run), walks(10)], WALKS) == {}


def test_nothing_is_answered_that_no_scenario_speaks_of() -> None:
    assert answers_of([walks(2), walks(10)], {}) == {}
    assert answers_of([cell("a"), cell("b")], WALKS) == {}


def spec(name: str, **parameters: float | str) -> CheckSpec:
    return CheckSpec(name=name, parameters=parameters)


@pytest.mark.parametrize(
    ("more", "less", "expected"),
    [
        ([spec("a"), spec("b")], [spec("a")], True),
        ([spec("a")], [spec("a"), spec("b")], False),
        ([spec("a", views=9)], [spec("a", views=9)], True),
        ([spec("a", views=9)], [spec("a", views=10)], False),
        ([spec("a", least=3)], [spec("a", least=2)], True),
        ([spec("a", within_s=20)], [spec("a", within_s=10)], False),
        ([spec("a", within_s=10)], [spec("a", within_s=20)], False),
        ([spec("a", views=9, within_s=1)], [spec("a", views=9)], False),
        ([spec("a", views="9")], [spec("a", views=2)], False),
        ([spec("a", views=9)], [spec("a", views="2")], False),
        ([spec("a", views=1), spec("a", views=9)], [spec("a", views=5)], True),
    ],
)
def test_a_check_is_covered_by_one_that_is_as_strict(
    more: list[CheckSpec], less: list[CheckSpec], *, expected: bool
) -> None:
    assert covers(more, less) is expected


def test_every_scenario_that_grows_does_so_with_numbers() -> None:
    scenarios = load_catalogue().scenarios
    growing = load_catalogue().grows_with
    assert growing == {"random_walk": "walks"}
    for name, factor in growing.items():
        assert all(arm[factor].isdigit() for arm in scenarios[name].arms)
