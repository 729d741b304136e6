"""A path that is bad for a while: for a whole visit, calibrated, or for a window within it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from harness.core.clock import NS_PER_S, now
from harness.faults.line.calibrate import calibrate
from harness.faults.line.echo import exchange
from harness.faults.line.path import OPEN, NetworkPath, Passed, Shape
from harness.faults.line.profiles import Profile
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.network import LineEnd, LineProfile, LineStart, NetworkRow

_PROBE_S = 30.0
_PROBE_BYTES = 1_000
_QUIET_S, _IDLE_TIMEOUT_S = 15.0, 60.0
"""A connection that met a queue of eight seconds waits about twice that before it repeats."""


@asynccontextmanager
async def shaped(
    path: NetworkPath, profile: Profile, network: WitnessFile[NetworkRow]
) -> AsyncIterator[None]:
    """Shape the path for the length of the block, and calibrate it before and after.

    Raises HarnessError when the path does not obey.
    """
    await path.shape(profile.shape)
    async with calibrated(path, profile, network):
        if profile.shape != OPEN:
            network.saw(LineStart(profile=profile.name))
        yield
        if profile.shape != OPEN:
            network.saw(LineEnd(profile=profile.name))
    await path.shape(OPEN)


@asynccontextmanager
async def calibrated(
    path: NetworkPath, profile: Profile, network: WitnessFile[NetworkRow]
) -> AsyncIterator[None]:
    """Measure a path that has this shape before the block and after it.

    Nominal numbers, backend and what it cannot do are written down; so is every measure.
    """
    network.saw(_facts(path, profile))
    await calibrate(path, profile.shape, network, "before")
    yield
    await calibrate(path, profile.shape, network, "after")


@asynccontextmanager
async def rehearsed(
    path: NetworkPath, profile: Profile, network: WitnessFile[NetworkRow]
) -> AsyncIterator[None]:
    """Calibrate, before the block and after it, a path that has this shape only for a while within.

    No other client may use it then: on a narrow line a visitor's bytes would be measured too.
    """
    network.saw(_facts(path, profile))
    await _rehearse(path, profile, network, "before")
    yield
    await path.idle(_QUIET_S, _IDLE_TIMEOUT_S)
    await _rehearse(path, profile, network, "after")


async def _rehearse(
    path: NetworkPath, profile: Profile, network: WitnessFile[NetworkRow], when: str
) -> None:
    await path.shape(profile.shape)
    await calibrate(path, profile.shape, network, when)
    await path.shape(OPEN)


class Worse:
    """A fault: for its length the path has another shape, and then the one it had.

    Its sentinel looks before healing: packets that were lost where it loses some, else one small
    exchange that took its time.
    """

    def __init__(self, path: NetworkPath, profile: Profile, usual: Shape = OPEN) -> None:
        self.name = profile.name
        self._path = path
        self._shape = profile.shape
        self._usual = usual

    async def inject(self) -> None:
        await self._path.shape(self._shape)

    async def heal(self) -> None:
        await self._path.shape(self._usual)

    async def evidence(self) -> str:
        """Return the effect on a probe of our own, or an empty string."""
        try:
            async with asyncio.timeout(_PROBE_S):
                began_ns = now().mono_ns
                [streams] = await self._path.connect_echo()
                try:
                    answer = await exchange(streams, up=_PROBE_BYTES)
                finally:
                    streams[1].transport.abort()
        except (TimeoutError, OSError, EOFError) as error:
            reason = str(error) or f"no answer in {_PROBE_S:g} s"
            return f"a probe failed: {reason}"
        took_ms = (answer.done_ns - began_ns) / NS_PER_S * 1000
        if self._shape.loss:
            return _lost(self._path.passed())
        kbps = self._shape.up_kbps
        least_ms = self._shape.rtt_ms + (_PROBE_BYTES * 8 / kbps if kbps else 0)
        effect = f"{_PROBE_BYTES} bytes up and an answer took {took_ms:.0f} ms"
        return effect if took_ms >= 0.8 * least_ms > 0 else ""


def _facts(path: NetworkPath, profile: Profile) -> LineProfile:
    """Return the row that describes a profile in the report."""
    shape = profile.shape
    return LineProfile(
        profile=profile.name,
        title=profile.title,
        nominal=profile.nominal,
        backend=path.backend,
        rtt_ms=shape.rtt_ms,
        up_kbps=shape.up_kbps,
        down_kbps=shape.down_kbps,
        loss=shape.loss,
        queue_bytes=shape.queue_bytes,
        deviations=tuple(path.deviations(shape)),
    )


def _lost(passed: tuple[Passed, Passed] | None) -> str:
    if passed is None:
        return ""
    lost, seen = sum(way.lost for way in passed), sum(way.seen for way in passed)
    return f"{lost} of {seen} packets were lost" if lost else ""
