"""A campaign walks each walk once, whatever number of processes, and ends when one has failed."""

from __future__ import annotations

import pytest

from harness.core.errors import HarnessError
from harness.simulation.campaign import CHUNK, Campaign, simulate
from harness.simulation.tally import Tally
from reports.verdict.verdict import Verdict
from tests.harness.simulation.recorder import LOSES_THE_REST, SOUND


def test_two_thousand_walks_lose_nothing() -> None:
    campaign = Campaign(sources=SOUND, seed=1, walks=2_000, processes=2)
    tally = simulate(campaign).tally
    assert tally.checks == {}
    assert not tally.never_seen
    assert tally.verdict is Verdict.PASS
    assert tally.walks == 2_000


@pytest.mark.nightly
@pytest.mark.slow
def test_a_million_walks_lose_nothing() -> None:
    campaign = Campaign(sources=SOUND, seed=2, walks=1_000_000, processes=2)
    tally = simulate(campaign).tally
    assert tally.verdict is Verdict.PASS, tally.checks


def test_the_number_of_processes_changes_nothing() -> None:
    walks = 201
    one, two = (
        simulate(Campaign(sources=SOUND, seed=7, walks=walks, processes=n, chunk=100)).tally
        for n in (1, 2)
    )
    assert (one.walks, one.events, one.fates) == (walks, two.events, two.fates)


def test_it_ends_when_a_walk_has_failed() -> None:
    campaign = Campaign(sources=LOSES_THE_REST, seed=1, walks=50 * CHUNK, until_failing=True)
    tally = simulate(campaign).tally
    assert tally.walks == CHUNK
    assert tally.verdict is Verdict.FAIL


def test_ctrl_c_keeps_what_was_walked() -> None:
    def interrupt(tally: Tally) -> None:
        raise KeyboardInterrupt

    simulated = simulate(Campaign(sources=SOUND, seed=1, walks=20 * CHUNK), interrupt)
    assert simulated.interrupted
    assert simulated.tally.walks == CHUNK


def test_a_process_that_cannot_walk_is_an_error() -> None:
    with pytest.raises(HarnessError, match="SyntaxError"):
        simulate(Campaign(sources={**SOUND, "queue.js": "}"}, seed=1, walks=10))
