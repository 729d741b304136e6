"""The options of a load become levels of its factors."""

from __future__ import annotations

from collections.abc import Mapping

import click
import pytest
from click.testing import CliRunner

from harness.cli.options.load import load_options
from harness.core.errors import UsageError
from scenarios.load.arms import LOAD_FACTORS


def asked(*arguments: str) -> Mapping[str, tuple[str, ...]]:
    found: list[Mapping[str, tuple[str, ...]]] = []

    @click.command()
    @load_options
    def ask(load: Mapping[str, tuple[str, ...]]) -> None:
        found.append(load)

    done = CliRunner().invoke(ask, list(arguments), standalone_mode=False)
    if done.exception:
        raise done.exception
    return found[0]


def test_what_is_not_asked_for_is_no_level() -> None:
    assert asked() == {}


def test_numbers_are_written_as_an_arm_has_them() -> None:
    options = ("--rate", "50", "--duration", "12.5", "--sessions", "20", "--flush-delay", "3.0")
    assert asked(*options) == {
        "rate": ("50",),
        "duration": ("12.5",),
        "sessions": ("20",),
        "flush_delay": ("3",),
    }


def test_every_factor_of_a_load_has_an_option() -> None:
    both = {
        **asked("--workload", "scale", "--sessions", "1", "--rate", "1", "--duration", "1"),
        **asked("--span", "1", "--batch", "0"),
        **asked("--flush-delay", "1", "--arrivals", "poisson", "--shape", "spike"),
        **asked("--retry", "linear", "--retry-base", "2", "--coding", "gzip"),
        **asked("--processes", "2"),
        **asked("--master", "127.0.0.1", "--expect-workers", "2"),
    }
    assert both.keys() == {"workload", *LOAD_FACTORS}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--master", "127.0.0.1"], "belong together"),
        (["--expect-workers", "2"], "belong together"),
        (
            ["--master", "127.0.0.1", "--expect-workers", "2", "--processes", "2"],
            "choose",
        ),
        (["--master", "192.0.2.255", "--expect-workers", "2"], "no address of this machine"),
    ],
)
def test_half_of_it_is_refused(arguments: list[str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        asked(*arguments)
