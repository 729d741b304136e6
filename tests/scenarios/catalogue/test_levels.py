"""Levels that nothing knows are refused before anything runs."""

from __future__ import annotations

import pytest

from harness.core.errors import UsageError
from harness.ledger.experiment import ExperimentPart
from scenarios.catalogue.declare import load_all
from scenarios.catalogue.levels import refuse_levels

KNOWN = load_all()
ENDINGS = {"browser": "chromium", "preset": "durable", "ends": "close"}
LOAD = {"workload": "steady", "rate": "200"}
INDEXES = {**LOAD, "rows": "100000"}


def refused(scenario: str, levels: dict[str, str], arm: dict[str, str]) -> None:
    part = ExperimentPart(name="p", title="x", scenario=scenario, levels=levels)
    refuse_levels([part], {"one": arm}, KNOWN)


@pytest.mark.parametrize(
    ("scenario", "levels", "arm"),
    [
        ("random_endings", ENDINGS, {"batch": "50", "flush_delay": "0.5", "browser": "firefox"}),
        ("paced_load", LOAD, {"combine": "4000", "network": "slow-3g@packets"}),
        ("index_bench", INDEXES, {"indexes": "brin", "rows": "7"}),
    ],
)
def test_what_is_known_may_be_run(
    scenario: str, levels: dict[str, str], arm: dict[str, str]
) -> None:
    refused(scenario, levels, arm)
    with pytest.raises(UsageError):
        refused(scenario, levels, {name: f"no {level}" for name, level in arm.items()})


@pytest.mark.parametrize(
    ("scenario", "levels", "arm", "line"),
    [
        (
            "random_endings",
            ENDINGS,
            {"preset": "durabel"},
            "there is no level (preset of part p, arm one) 'durabel'. Did you mean 'durable'?",
        ),
        ("random_endings", {**ENDINGS, "ends": "crsh"}, {}, "Did you mean 'crash'"),
        ("random_endings", ENDINGS, {"browser": "cromium"}, "Did you mean 'chromium'"),
        ("random_endings", ENDINGS, {"flush_delay": "soon"}, "Write a number above zero"),
        ("random_endings", ENDINGS, {"flush_delay": "nan"}, "Write a number above zero"),
        ("random_endings", ENDINGS, {"batch": "0"}, "Write a whole number above zero"),
        ("index_bench", INDEXES, {"indexes": "covring"}, "Did you mean 'covering'"),
        ("index_bench", INDEXES, {"indexes": "brin", "rows": "many"}, "rows of part p, arm one"),
        ("paced_load", LOAD, {"combine": "-1"}, "combine of part p, arm one is '-1'"),
        ("paced_load", LOAD, {"network": "slow-4g@packets"}, "Did you mean"),
        ("paced_load", LOAD, {"network": "slow-3g"}, "names no backend"),
    ],
)
def test_a_level_that_nothing_knows_is_refused_with_what_is_near(
    scenario: str, levels: dict[str, str], arm: dict[str, str], line: str
) -> None:
    with pytest.raises(UsageError) as raised:
        refused(scenario, levels, arm)
    assert line in raised.value.line
