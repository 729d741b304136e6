"""Each fault that a step may name is one of the gateway, held until the walk ends."""

from __future__ import annotations

from unittest.mock import Mock

import pytest

from harness.faults.request.gateway import Gateway
from scenarios.concurrency.walk import FAULTS, Step
from scenarios.concurrency.walk_faults import WalkFaults


@pytest.mark.asyncio
@pytest.mark.parametrize("how", FAULTS)
async def test_it_is_held_and_healed(how: str) -> None:
    gateway = Mock(spec=Gateway)
    faults = WalkFaults(gateway)
    await faults.hold(Step(name="fault", how=how, count=2))
    [held] = [call.args[0] for call in gateway.hold.call_args_list]
    await faults.heal()
    await faults.heal()
    gateway.release.assert_called_once_with(held)


def test_a_fault_without_a_name_is_no_step() -> None:
    for how, count in (("", 1), ("fire", 1), ("503", 0)):
        with pytest.raises(ValueError, match="no fault"):
            Step(name="fault", how=how, count=count)
