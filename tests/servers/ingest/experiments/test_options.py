"""What a server may set of the recorder, and that the page has the same list."""

from __future__ import annotations

import re

import pytest

from servers.ingest.experiments.options import NUMBERS, SWITCHES, Option, problem_of
from tests import ROOT


def test_what_fits_has_no_problem() -> None:
    assert problem_of({"flushDelayMs": 50, "maxBatchSize": 2_000, "fullJitter": False}) is None
    assert problem_of({}) is None


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("flushDelayMs", 49, "flushDelayMs is a whole number from 50 to 60000"),
        ("flushDelayMs", 60_001, "flushDelayMs is a whole number"),
        ("maxBatchSize", True, "maxBatchSize is a whole number"),
        ("fullJitter", 1, "fullJitter is true or false"),
        ("endpoint", 1, "no option endpoint; there are flushDelayMs, fullJitter,"),
        ("trustBeacon", True, "no option trustBeacon"),
    ],
)
def test_what_does_not_fit_is_named(name: str, value: Option, problem: str) -> None:
    assert (problem_of({name: value}) or "").startswith(problem)


def test_the_page_takes_the_same_options_within_the_same_bounds() -> None:
    source = (ROOT / "servers" / "client" / "served.js").read_text(encoding="utf-8")
    numbers = source.partition("const NUMBERS = {")[2].partition("};")[0]
    found = re.findall(r"(\w+): \[([\d_]+), ([\d_]+)\]", numbers)
    assert {name: (int(low), int(high)) for name, low, high in found} == NUMBERS
    switches = source.partition("const SWITCHES = [")[2].partition("]")[0]
    assert set(re.findall(r'"(\w+)"', switches)) == SWITCHES
