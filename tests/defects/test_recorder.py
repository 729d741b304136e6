"""Each defect of the recorder is found under simulation by its right name; its twin is sound."""

from __future__ import annotations

import pytest

from defects.base import RecorderDefect
from defects.registry import all_defects
from harness.compose.simulate import page_sources
from harness.simulation.campaign import Campaign, simulate
from reports.verdict.verdict import Verdict

DEFECTS = {
    name: found for name, found in all_defects().items() if isinstance(found, RecorderDefect)
}
SOON = 600
"""What takes more walks, one order of two answers or an heir at the right moment, is a nightly
test."""
SEEN = sorted(name for name, one in DEFECTS.items() if one.walks)
RARE = [name for name in SEEN if DEFECTS[name].walks > SOON]


def _found(name: str, walks: int) -> set[str]:
    campaign = Campaign(
        sources=page_sources(name), seed=1, walks=walks, until_failing=True, chunk=100
    )
    tally = simulate(campaign).tally
    assert tally.hits > 0, "its switch was never reached"
    return set(tally.names)


@pytest.mark.parametrize("name", [name for name in SEEN if name not in RARE])
def test_a_defect_is_found_by_its_right_name(name: str) -> None:
    assert not _found(name, DEFECTS[name].walks).isdisjoint(DEFECTS[name].expected)


@pytest.mark.nightly
@pytest.mark.parametrize("name", RARE)
def test_a_rare_one_is_found_too(name: str) -> None:
    assert not _found(name, DEFECTS[name].walks).isdisjoint(DEFECTS[name].expected)


@pytest.mark.parametrize("name", sorted(DEFECTS))
def test_its_twin_is_sound(name: str) -> None:
    tally = simulate(Campaign(sources=page_sources(f"{name}.twin"), seed=1, walks=25)).tally
    assert tally.verdict is Verdict.PASS, tally.checks


@pytest.mark.nightly
@pytest.mark.parametrize("name", sorted(DEFECTS))
def test_its_twin_is_sound_over_ten_thousand_walks(name: str) -> None:
    campaign = Campaign(sources=page_sources(f"{name}.twin"), seed=1, walks=10_000, processes=2)
    tally = simulate(campaign).tally
    assert tally.verdict is Verdict.PASS, tally.checks
