"""What a walk's step ``fault`` does to the next batches, by the gateway's faults."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.faults.request.answers import (
    AckLost,
    Answers,
    Delays,
    FeltByUse,
    Hangs,
    ReadsThenCloses,
)
from harness.faults.request.gateway import Gateway
from scenarios.concurrency.walk import Step

_LATE_ANSWER_S, _LATE_ARRIVAL_S = 3.0, 4.0

_FAULTS: Mapping[str, Callable[[Gateway, int], FeltByUse]] = {
    "lost": lambda gateway, times: ReadsThenCloses(gateway, times=times),
    "answer_lost": lambda gateway, times: AckLost(gateway, times=times),
    "silence": lambda gateway, times: Hangs(gateway, times=times),
    "late_answer": lambda gateway, times: Delays(
        gateway, _LATE_ANSWER_S, what="answer", times=times
    ),
    "late_arrival": lambda gateway, times: Delays(gateway, _LATE_ARRIVAL_S, times=times),
    "503": lambda gateway, times: Answers(gateway, 503, times=times),
    "503-wait": lambda gateway, times: Answers(gateway, 503, retry_after_s=1, times=times),
    "429-wait": lambda gateway, times: Answers(gateway, 429, retry_after_s=2, times=times),
    # The gateway asks for seconds; dates are the simulation's.
    "503-date": lambda gateway, times: Answers(gateway, 503, retry_after_s=3, times=times),
    "401": lambda gateway, times: Answers(gateway, 401, times=times),
    "400": lambda gateway, times: Answers(gateway, 400, times=times),
}


class WalkFaults:
    """The faults of one walk: held one after the other, healed together at its end.

    They are not spans of the run: what they did to which request is in its ledger, and one that met
    no request is no gap in the evidence.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._held: list[FeltByUse] = []

    async def hold(self, step: Step) -> None:
        """Do to the next ``step.count`` batches what the step says."""
        fault = _FAULTS[step.how](self._gateway, step.count)
        await fault.inject()
        self._held.append(fault)

    async def heal(self) -> None:
        """Let go of everything."""
        for fault in self._held:
            await fault.heal()
        self._held.clear()
