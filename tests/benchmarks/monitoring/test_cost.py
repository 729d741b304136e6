"""What watching costs: ratios are of neighbouring rounds, and what was not watched is an error."""

from __future__ import annotations

import aiohttp
import pytest

from benchmarks.ground import Round
from benchmarks.monitoring import cost as module
from benchmarks.monitoring.cost import CostTrial, collecting, cost
from harness.core.errors import HarnessError
from harness.process.processes import Processes


def test_a_ratio_is_of_its_own_pair() -> None:
    trial = CostTrial("all", 50, watched=[90.0, 40.0], plain=[100.0, 50.0], others=[0.0])
    assert (trial.ratio.least, trial.ratio.greatest, trial.ratio.n) == (0.8, 0.9, 2)


def test_a_round_brings_its_rate_and_the_cpu_of_server_and_database() -> None:
    trial = CostTrial("all", 50)
    cpu_s = {"server": 0.006, "postgres": 0.004, "client": 9.0}
    trial.add(Round(500, 2.0, cpu_s, 0.5), is_watched=True)
    trial.add(Round(1000, 2.0, cpu_s, 0.25), is_watched=False)
    assert (trial.watched, trial.plain, trial.others) == ([250.0], [500.0], [0.5, 0.25])
    assert (trial.watched_cpu_us, trial.plain_cpu_us) == ([20.0], [10.0])
    assert trial.cpu_ratio.median == 2.0


@pytest.mark.asyncio
async def test_the_collector_counts_exports() -> None:
    async with collecting() as collector, aiohttp.ClientSession() as session:
        for _ in range(2):
            assert (await session.post(f"{collector.url}/v1/traces", data=b"x")).status == 200
        assert collector.exports == 2


@pytest.mark.stack
@pytest.mark.asyncio
@pytest.mark.slowest
async def test_a_short_trial_of_everything() -> None:
    pytest.importorskip("opentelemetry.proto", reason="the extra `monitoring` is not installed")
    with Processes() as processes:
        [trial] = await cost(processes, "all", 1, 1.0, print, sizes=(50,))
    assert (trial.variant, trial.ids, len(trial.others)) == ("all", 50, 2)
    assert trial.watched[0] > 0
    assert trial.plain[0] > 0
    assert trial.cpu_ratio.n == 1


@pytest.mark.stack
@pytest.mark.asyncio
async def test_spans_that_do_not_arrive_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module.VARIANTS, "unsent", (False, True, False))
    monkeypatch.setattr(module, "TRACED", ("--otlp", "http://127.0.0.1:9"))
    with Processes() as processes, pytest.raises(HarnessError, match="got no spans"):
        await cost(processes, "unsent", 1, 1.0, print, sizes=())
