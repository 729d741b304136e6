"""Each alert of the rules is caused by a cell, with what its rule and its route say of it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from scenarios.monitoring.test_alerts import (
    ALERTS,
    CAUSES,
    HELD,
    NO_FIGURES,
    ON_CALL,
    RECEIVERS,
    UNKNOWN,
    WARNINGS,
)
from servers.monitoring.alerts import rules

RULES: dict[str, dict[str, Any]] = {
    rule["alert"]: rule for group in yaml.safe_load(rules())["groups"] for rule in group["rules"]
}
HEARD_BY = {"P1": (ON_CALL, ALERTS), "P2": (ALERTS,), "warning": (WARNINGS,)}


def test_every_alert_of_the_rules_is_caused_and_no_other() -> None:
    assert len(RULES) == 12
    assert {*CAUSES, *UNKNOWN} - {NO_FIGURES} == set(RULES)


def test_every_alert_on_figures_has_its_twin_on_missing_ones() -> None:
    assert len(UNKNOWN) == len(CAUSES) - 1
    for name in UNKNOWN:
        assert RULES[name]["expr"].count("absent(") == 1


def test_those_that_must_hold_are_those_whose_rules_wait() -> None:
    waiting = {name for name, rule in RULES.items() if "for" in rule}
    assert waiting == (HELD - {NO_FIGURES}) | set(UNKNOWN)


@pytest.mark.parametrize("name", sorted(RULES))
def test_who_hears_of_an_alert_is_what_its_severity_says(name: str) -> None:
    assert RECEIVERS.get(name, (ALERTS,)) == HEARD_BY[RULES[name]["labels"]["severity"]]
