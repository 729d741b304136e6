"""A case of the concurrency matrix is judged by what races must not do, each check once."""

from __future__ import annotations

import pytest

from scenarios.catalogue.declare import check
from scenarios.concurrency.concurrency_case import ALWAYS, concurrency_case
from tests.scenarios.registered import named, registered


def test_it_is_judged_for_the_database_too(monkeypatch: pytest.MonkeyPatch) -> None:
    case = registered(monkeypatch, concurrency_case, views=2)
    assert case.matrix == "concurrency"
    for arm in case.arms:
        assert {spec.name for spec in ALWAYS} <= set(named(case, arm))


def test_a_check_of_its_own_goes_before_the_one_of_that_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = check("absorbed_explained", least=4)
    case = registered(monkeypatch, concurrency_case, views=2, checks=lambda arm: [own])
    for arm in case.arms:
        found = [spec for spec in case.checks(arm) if spec.name == own.name]
        assert found == [own]
        assert named(case, arm).count("no_violations") == 1
