"""What a visit case is judged by, and which arms it has."""

from __future__ import annotations

import pytest

from harness.browsers.catalogue import ENGINES
from scenarios.catalogue.declare import OWN_RECORDER, check
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


def test_a_recorder_of_its_own_is_held_to_delivery_and_the_premises_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    specs = [
        check("went_over", transport="beacon", least=1),
        check("premise_held", question="offline", answer="true"),
        check("fault_was_live", lasting_s=5, felt_least=1),
    ]
    case = registered(monkeypatch, visit_case, views=3, checks=specs)
    own = {"browser": "chromium", "preset": OWN_RECORDER}
    assert named(case, own) == [*EVERY, "premise_held", "fault_was_live", "drained_in_time"]
    [live] = [spec for spec in case.checks(own) if spec.name == "fault_was_live"]
    assert live.parameters == {"lasting_s": 5, "felt_least": 0}


def test_only_the_durable_recorder_may_lose_some_and_only_where_it_is_declared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = registered(monkeypatch, visit_case, views=3, some_lost=True)
    forgiven = {"nothing_lost", "every_view_carried"}
    assert set(named(case, DURABLE)) == {*EVERY, "drained_in_time"} - forgiven
    assert forgiven <= set(named(case, ROADMAP))
