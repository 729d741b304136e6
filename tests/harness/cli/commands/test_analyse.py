"""`harness experiment analyse`: options, exit codes, table and JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from harness.cli.commands import analyse
from harness.compose.experiments.exposures import MetricQuery, RecordedExposures
from reports.experiments.exposed.analysis import UserMetric
from tests.harness.cli.shell import harness_here, one_clear_line
from tests.reports.experiments.exposed.users import around

asked: dict[str, Any] = {}


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> dict[str, Sequence[float]]:
    """What the database holds, variant → a value a user; a test changes it."""
    arms: dict[str, Sequence[float]] = {
        "normal": around("a", 100, 400),
        "fast": around("b", 120, 400),
    }

    def read(database: str, *, metrics: Sequence[MetricQuery], **more: Any) -> RecordedExposures:
        asked.update(more, database=database, metrics=metrics)
        users = [(f"{arm}{n}", arm, v) for arm in arms for n, v in enumerate(arms[arm])]
        found = [
            UserMetric(
                name=one.name,
                better=one.better,
                events={user: (value, 1.0) for user, _, value in users},
                every_user_counts=True,
            )
            for one in metrics
        ]
        pairs = [(user, arm) for user, arm, _ in users]
        return RecordedExposures(experiment="flush", exposed=pairs, metrics=found)

    monkeypatch.setattr(analyse, "read_exposures", read)
    return arms


def run(*arguments: str) -> Any:
    return harness_here("experiment", "analyse", "--database", "host=x", *arguments)


def test_a_better_variant_ends_in_0(recorded: dict[str, Sequence[float]]) -> None:
    done = run("--control", "normal")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Compared with normal, better: fast by impressions a user")
    assert "equal shares are assumed" in done.stderr
    assert [one.name for one in asked["metrics"]] == ["impressions a user"]


def test_a_worse_one_in_1_and_an_undecided_one_in_3(recorded: dict[str, Sequence[float]]) -> None:
    lower = ("--metric", "age:lower=SELECT user_id, value FROM ages", "--control", "normal")
    done = run(*lower)
    assert done.returncode == 1
    assert "worse: fast by age" in done.stdout
    recorded["fast"] = around("b", 105, 100)
    recorded["normal"] = recorded["normal"][:100]
    assert run("--control", "normal").returncode == 3


def test_a_broken_ratio_is_unknown_and_ends_in_3(recorded: dict[str, Sequence[float]]) -> None:
    assert run("--control", "normal", "--shares", "normal=50,fast=50").returncode == 0
    done = run("--control", "normal", "--shares", "normal=90,fast=10")
    assert done.returncode == 3
    assert "Everything is unknown" in done.stdout
    assert "a variant that loses beacons breaks its own ratio" in done.stdout


def test_json_is_the_record(recorded: dict[str, Sequence[float]]) -> None:
    done = run("--json", "--margin", "10", "--control", "normal", "--experiment", "flush")
    content = json.loads(done.stdout)
    assert (content["experiment"], content["margin_percent"]) == ("flush", 10)
    assert asked["experiment"] == "flush"


def test_the_control_is_called_control_or_comes_first(
    recorded: dict[str, Sequence[float]],
) -> None:
    assert "Compared with fast" in run().stdout
    assert "Compared with normal" in run("--shares", "normal=1,fast=1").stdout
    recorded["control"] = recorded.pop("normal")
    assert "Compared with control" in run("--shares", "fast=1,control=1").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--shares", "a"), "shares are VARIANT=NUMBER"),
        (("--shares", "a=0,b=1"), "shares are VARIANT=NUMBER"),
        (("--shares", "a=1,a=2"), "shares are VARIANT=NUMBER"),
        (("--shares", "a=nan,b=1"), "shares are VARIANT=NUMBER"),
        (("--metric", "SELECT 1"), "a metric is NAME=SQL"),
        (("--metric", "=SELECT 1"), "a metric is NAME=SQL"),
        (("--control", "slow"), "no variant slow"),
        (("--exposures", "SELECT 1"), "the default metrics read the reference server's tables"),
    ],
)
def test_a_mistake_is_one_clear_line(
    recorded: dict[str, Sequence[float]], arguments: tuple[str, ...], message: str
) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert message in one_clear_line(done)


def test_one_variant_alone_is_an_error(recorded: dict[str, Sequence[float]]) -> None:
    del recorded["fast"]
    assert "fewer than two variants" in one_clear_line(run())


def test_a_database_has_to_be_named() -> None:
    done = harness_here("experiment", "analyse")
    assert done.returncode == 2
    assert "--database" in done.stderr
