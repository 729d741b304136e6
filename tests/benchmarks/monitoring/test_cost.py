"""What watching costs: ratios are of neighbouring rounds, and what was not watched is an error."""

from __future__ import annotations

import aiohttp
import pytest

from benchmarks.monitoring import cost as module
from benchmarks.monitoring.cost import CostTrial, collecting, cost
from harness.core.errors import HarnessError
from harness.process.processes import Processes


def test_a_ratio_is_of_its_own_pair() -> None:
    trial = CostTrial("all", 50, watched=[90.0, 40.0], plain=[100.0, 50.0], others=[0.0])
    assert (trial.ratio.least, trial.ratio.greatest, trial.ratio.n) == (0.8, 0.9, 2)


@pytest.mark.asyncio
async def test_the_collector_counts_exports() -> None:
    async with collecting() as collector, aiohttp.ClientSession() as session:
        for _ in range(2):
            assert (await session.post(f"{collector.url}/v1/traces", data=b"x")).status == 200
        assert collector.exports == 2


@pytest.mark.stack
@pytest.mark.asyncio
async def test_a_short_trial_of_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("opentelemetry.sdk", reason="the extra `monitoring` is not installed")
    monkeypatch.setattr(module, "IDS", (50,))
    with Processes() as processes:
        [trial] = await cost(processes, "all", 1, 1.0, print)
    assert (trial.variant, trial.ids, len(trial.others)) == ("all", 50, 2)
    assert trial.watched[0] > 0
    assert trial.plain[0] > 0


@pytest.mark.stack
@pytest.mark.asyncio
async def test_spans_that_do_not_arrive_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "IDS", ())
    monkeypatch.setitem(module.VARIANTS, "unsent", (False, True, False))
    monkeypatch.setattr(module, "TRACED", ("--otlp", "http://127.0.0.1:9"))
    with Processes() as processes, pytest.raises(HarnessError, match="got no spans"):
        await cost(processes, "unsent", 1, 1.0, print)
