"""Waiting has a name and a bound."""

from __future__ import annotations

import pytest

from harness.core.errors import HarnessError, WaitTimeout
from harness.core.wait import block_until, wait_until


@pytest.mark.asyncio
async def test_it_returns_when_the_fact_is_true_and_takes_async_probes() -> None:
    answers = iter([False, 0, "yes"])

    async def probe() -> object:
        return next(answers)

    await wait_until("the third answer", probe, timeout_s=60)
    assert list(answers) == []


@pytest.mark.asyncio
async def test_a_fact_that_never_comes_is_named() -> None:
    with pytest.raises(WaitTimeout, match=r"waited 0.05 s in vain until the moon is blue"):
        await wait_until("the moon is blue", lambda: False, timeout_s=0.05)


def test_the_blocking_one_names_it_too() -> None:
    with pytest.raises(WaitTimeout, match="until pigs fly"):
        block_until("pigs fly", lambda: False, timeout_s=0.05)


@pytest.mark.asyncio
async def test_an_error_of_the_probe_is_not_swallowed() -> None:
    def probe() -> bool:
        raise HarnessError("it broke")

    with pytest.raises(HarnessError, match="it broke"):
        await wait_until("anything", probe, timeout_s=5)
