"""The table of expected losses: it forgives the roadmap's recorder what is known, and no more."""

from __future__ import annotations

import tomllib

import pytest

from harness.ledger.rundir import Expected
from reports.judging.expected import FORGIVABLE, UNFORGIVABLE
from scenarios.catalogue.declare import load_all
from scenarios.catalogue.expected import EXPECTED_FILE, expected_loss

ENTRIES = tomllib.loads(EXPECTED_FILE.read_text())["expected"]


def test_nothing_is_expected_of_the_durable_recorder() -> None:
    for scenario in load_all().values():
        for arm in scenario.arms:
            if arm.get("preset") != "roadmap":
                assert expected_loss(scenario.name, arm) is None, (scenario.name, arm)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: str(entry["scenario"]))
def test_every_entry_means_an_arm_and_forgives_only_what_may_be_forgiven(
    entry: dict[str, object],
) -> None:
    scenario = load_all()[str(entry["scenario"])]
    arms = (*scenario.arms, *scenario.on_request)
    found = [expected_loss(scenario.name, arm) for arm in arms]
    fitting = [one for one in found if isinstance(one, Expected)]
    assert fitting, "no arm of the scenario has these levels"
    for expected in fitting:
        assert set(expected.fates) <= FORGIVABLE
        assert not set(expected.checks) & UNFORGIVABLE
        assert expected.source


def test_another_scenario_and_another_preset_expect_nothing() -> None:
    assert expected_loss("beacon_500", {"browser": "chromium", "preset": "durable"}) is None
    assert expected_loss("idle_flush", {"browser": "chromium", "preset": "roadmap"}) is None
