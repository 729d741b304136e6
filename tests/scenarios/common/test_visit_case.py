"""What a visit case is judged by, and which arms it has."""

from __future__ import annotations

import pytest

from harness.browsers.catalogue import ENGINES
from scenarios.catalogue.declare import check
from scenarios.common.delivery import EXACTLY_ONCE
from scenarios.common.visit_case import PRESETS, only, visit_case
from tests.scenarios.registered import named, registered

DURABLE = {"browser": "chromium", "preset": "durable"}
ROADMAP = {"browser": "chromium", "preset": "roadmap"}
EVERY = ["views_as_planned", *(spec.name for spec in EXACTLY_ONCE)]


def test_every_engine_and_both_recorders_are_judged_to_lose_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = registered(monkeypatch, visit_case, views=3, checks=[check("batches_sent", least=1)])
    assert case.matrix == "browsers"
    assert {(arm["browser"], arm["preset"]) for arm in case.arms} == {
        (browser, preset) for browser in ENGINES for preset in PRESETS
    }
    for arm in case.arms:
        assert named(case, arm) == [*EVERY, "batches_sent", "drained_in_time"]
        assert case.checks(arm)[0].parameters == {"views": 3}


def test_factors_of_its_own_are_varied_too(monkeypatch: pytest.MonkeyPatch) -> None:
    case = registered(monkeypatch, visit_case, views=1, presets=["durable"], jump=["on", "back"])
    assert len(case.arms) == len(ENGINES) * 2
    assert {arm["jump"] for arm in case.arms} == {"on", "back"}


def test_views_and_checks_may_depend_on_the_arm(monkeypatch: pytest.MonkeyPatch) -> None:
    case = registered(
        monkeypatch,
        visit_case,
        views=lambda arm: 5 if arm["preset"] == "roadmap" else 1,
        checks=only("durable", check("backoff")),
    )
    assert case.checks(ROADMAP)[0].parameters == {"views": 5}
    assert "backoff" not in named(case, ROADMAP)
    assert case.checks(DURABLE)[0].parameters == {"views": 1}
    assert "backoff" in named(case, DURABLE)


def test_only_the_durable_recorder_may_lose_some_and_only_where_it_is_declared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = registered(monkeypatch, visit_case, views=3, some_lost=True)
    forgiven = {"nothing_lost", "every_view_carried"}
    assert set(named(case, DURABLE)) == {*EVERY, "drained_in_time"} - forgiven
    assert forgiven <= set(named(case, ROADMAP))
