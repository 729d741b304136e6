"""The options that say what to run become one request."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from harness.cli.options.request import request_options
from harness.cli.options.shared import target_option
from harness.core.errors import UsageError
from harness.target.target import Target
from scenarios.catalogue.request import PlanRequest


def asked(*arguments: str) -> PlanRequest:
    found: list[PlanRequest] = []

    @click.command()
    @request_options
    @target_option
    def ask(request: PlanRequest, target: Target) -> None:
        found.append(request)

    done = CliRunner().invoke(ask, list(arguments), standalone_mode=False)
    if done.exception:
        raise done.exception
    return found[0]


@pytest.mark.parametrize(
    ("arguments", "seeds"),
    [
        ([], ()),
        (["--seed", "0"], (0,)),
        (["--repeat", "3"], (1, 2, 3)),
        (["--seed", "7", "--repeat", "2"], (7, 8)),
    ],
)
def test_seeds_in_a_row_from_the_first(arguments: list[str], seeds: tuple[int, ...]) -> None:
    assert asked("steady_load", *arguments).seeds == seeds


def test_without_scenarios_it_is_the_smoke_suite() -> None:
    assert asked().suite == "smoke"
    assert asked("first_visit").suite == ""
    assert asked("--suite", "ci").suite == "ci"


def test_every_option_about_an_arm_is_a_factor_with_its_levels() -> None:
    request = asked(
        *("offline", "load", "--preset", "roadmap", "--preset", "durable", "--arm", "cut=drop"),
        *("--network", "slow-3g", "--browser", "firefox", "--workload", "scale", "--rate", "50"),
    )
    assert request.names == ("offline", "load")
    assert request.levels == {
        "preset": ("roadmap", "durable"),
        "cut": ("drop",),
        "network": ("slow-3g",),
        "browser": ("firefox",),
        "workload": ("scale",),
        "rate": ("50",),
    }


def test_generators_elsewhere_are_counted_or_refused() -> None:
    levels = asked("load", "--master", "127.0.0.1", "--expect-workers", "3").levels
    assert levels == {"master": ("127.0.0.1:5557",), "workers": ("3",)}
    with pytest.raises(UsageError, match="belong together"):
        asked("load", "--master", "127.0.0.1")
