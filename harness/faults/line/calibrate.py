"""Measures whether a path has its nominal shape, through the path as the clients use it.

Every measure is a ``Calibration`` of the network witness with its nominal value and its tolerance;
the check ``calibrated`` judges. A measure that a backend by its nature misses (Toxiproxy makes
connections at once) is written down too, and not judged.
"""

from __future__ import annotations

import asyncio
import math
import statistics
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from harness.core.clock import NS_PER_S, now
from harness.core.lazy import LazyModule
from harness.faults.line.echo import ANSWER_BYTES, REQUEST_BYTES, Exchange, exchange
from harness.faults.line.path import NetworkPath, Shape, Streams
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.network import Calibration, NetworkRow

if TYPE_CHECKING:
    from scipy import special
else:
    # Most commands never ask; scipy.stats, which is not needed, would cost three times as much.
    special = LazyModule("scipy.special")

BUDGET_S = 60.0
"""For one whole calibration; a path on which it takes longer is not calibrated."""
RTT_SHARE, RTT_MS = 0.05, 10.0
RATE_BELOW, RATE_ABOVE = 0.35, 0.10
"""TCP needs a moment to fill a line, and its headers travel too; it never beats the line but for
what a queue had already let through."""
CHUNK_SHARE, CHUNK_MS = 0.10, 30.0
LOSS_CONFIDENCE = 0.999
DATAGRAMS_LOSSY, DATAGRAMS_WHOLE = 1_000, 100
_CONNECTIONS, _EXCHANGES = 4, 12
_SPREAD_MS = 1_000
"""Exchanges on a quick line go on for about so long: what else the machine does comes in bursts."""
_HANDSHAKES_MIN, _HANDSHAKES = 3, 12
_ROOM_KBPS = 100
"""Below this rate one connection waits for another, even for its last packet."""
_HANDSHAKE_BYTES, _HEADER_BYTES = 60, 52
"""An IPv4 packet that opens a connection, and what surrounds the bytes that one carries."""
_BULK_S = 2.0
_CHUNK_BYTES, _CHUNK_S = 25_000, 1.0
_MS = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One number of a path, what it should be, and between what it may lie.

    ``value`` is NaN where the measurement failed; ``note`` says why. ``n`` is how many samples.
    """

    what: str
    nominal: float
    low: float
    high: float
    value: float = math.nan
    judged: bool = True
    n: int = 1
    note: str = ""


async def calibrate(
    path: NetworkPath, shape: Shape, network: WitnessFile[NetworkRow], when: str
) -> None:
    """Measure the path, ``before`` or ``after``, and write every measure down; raises nothing for
    a path that is not as it should be."""
    for what, measure in _probes(path, shape):
        try:
            async with asyncio.timeout(BUDGET_S):
                measures = await measure()
        except (OSError, EOFError) as error:  # TimeoutError is an OSError
            why = str(error) or f"no result in {BUDGET_S:g} s"
            measures = [Measure(what=what, nominal=math.nan, low=0, high=0, note=why)]
        for one in measures:
            network.saw(
                Calibration(
                    backend=path.backend,
                    when=when,
                    what=one.what,
                    value=one.value,
                    nominal=_finite(one.nominal),
                    low=_finite(one.low),
                    high=_finite(one.high),
                    judged=one.judged,
                    n=one.n,
                    note=one.note,
                )
            )


def _probes(
    path: NetworkPath, shape: Shape
) -> Iterator[tuple[str, Callable[[], Awaitable[list[Measure]]]]]:
    """Yield each measurement by the name of what it measures.

    Where packets are lost TCP's own repetitions would be measured, so only the loss is.
    """
    yield "loss", partial(_loss, path, shape)
    if shape.loss:
        return
    yield "connect_ms", partial(_connect, path, shape)
    yield "round_trip_ms", partial(_round_trips, path, shape)
    for way, kbps in (("up", shape.up_kbps), ("down", shape.down_kbps)):
        if kbps is not None:
            yield f"rate_{way}_kbps", partial(_rate, path, shape, way, kbps)
    if shape.up_kbps is not None:
        yield "chunk_ms", partial(_chunk, path, shape, shape.up_kbps)


async def _loss(path: NetworkPath, shape: Shape) -> list[Measure]:
    count = DATAGRAMS_LOSSY if shape.loss else DATAGRAMS_WHOLE
    slowest = min((rate for rate in (shape.up_kbps, shape.down_kbps) if rate), default=None)
    patience_s = 1 + shape.rtt_ms / 1000 + (count * 32 * 8 / slowest / 1000 if slowest else 0)
    passed = await path.datagrams(count, patience_s)
    if passed is None:
        return []
    low, high = _binomial(count, shape.loss)
    return [
        Measure(
            what=f"loss_{way}",
            nominal=shape.loss,
            low=low / count,
            high=high / count,
            value=seen.lost / seen.seen,
            n=count,
            note=f"{seen.lost} of {seen.seen} datagrams never came",
        )
        for way, seen in zip(("up", "down"), passed, strict=True)
    ]


async def _connect(path: NetworkPath, shape: Shape) -> list[Measure]:
    if path.backend != "packets":
        return []
    times_ms = []
    slowest = min(shape.up_kbps or math.inf, shape.down_kbps or math.inf)
    some = max(_HANDSHAKES_MIN, min(_HANDSHAKES, int(_SPREAD_MS / max(1.0, shape.rtt_ms))))
    for _ in range(some if slowest >= _ROOM_KBPS else 1):
        began_ns = now().mono_ns
        async with _connections(path, 1):
            times_ms.append((now().mono_ns - began_ns) / _MS)
    took_ms = statistics.median(times_ms)
    nominal = shape.rtt_ms + sum(
        _on_line_ms(_HANDSHAKE_BYTES, kbps) for kbps in (shape.up_kbps, shape.down_kbps)
    )
    low, high = _around(nominal, RTT_SHARE, RTT_MS)
    return [
        Measure(
            what="connect_ms",
            nominal=nominal,
            low=low,
            high=high,
            value=took_ms,
            n=len(times_ms),
        )
    ]


async def _round_trips(path: NetworkPath, shape: Shape) -> list[Measure]:
    """Measure a little there and back on warm connections, and each way by itself."""

    slowest = min(shape.up_kbps or math.inf, shape.down_kbps or math.inf)
    count = _CONNECTIONS if slowest >= _ROOM_KBPS else 1
    each = max(_EXCHANGES // count, min(_EXCHANGES, int(_SPREAD_MS / max(1.0, shape.rtt_ms))))

    async def some(streams: Streams) -> list[Exchange]:
        await exchange(streams, up=1)
        return [await exchange(streams, up=1) for _ in range(each)]

    async with _connections(path, count) as connections:
        heard = [one for many in await asyncio.gather(*map(some, connections)) for one in many]
    header = _HEADER_BYTES if path.backend == "packets" else 0
    up_ms = shape.rtt_ms / 2 + _on_line_ms(header + REQUEST_BYTES + 1, shape.up_kbps)
    down_ms = shape.rtt_ms / 2 + _on_line_ms(header + ANSWER_BYTES, shape.down_kbps)
    times = {
        "round_trip_ms": (up_ms + down_ms, [one.done_ns - one.sent_ns for one in heard]),
        "way_up_ms": (up_ms, [one.heard_ns - one.sent_ns for one in heard]),
        "way_down_ms": (down_ms, [one.done_ns - one.heard_ns for one in heard]),
    }
    measures = []
    for what, (nominal, took_ns) in times.items():
        low, high = _around(nominal, RTT_SHARE, RTT_MS)
        value = statistics.median(took_ns) / _MS
        measures.append(
            Measure(what=what, nominal=nominal, low=low, high=high, value=value, n=len(heard))
        )
    return measures


async def _rate(path: NetworkPath, shape: Shape, way: str, kbps: float) -> list[Measure]:
    size = int(kbps * 1000 / 8 * _BULK_S)
    async with _connections(path, 1) as [streams]:
        done = await exchange(streams, **{way: size})
    took_s = (done.done_ns - done.sent_ns) / NS_PER_S - shape.rtt_ms / 1000
    return [
        Measure(
            what=f"rate_{way}_kbps",
            nominal=kbps,
            low=kbps * (1 - RATE_BELOW),
            high=kbps * (1 + RATE_ABOVE),
            value=size * 8 / 1000 / took_s if took_s > 0 else math.inf,
            note=f"{size} bytes in {took_s:.2f} s and a round trip",
        )
    ]


async def _chunk(path: NetworkPath, shape: Shape, kbps: float) -> list[Measure]:
    """Measure one piece up and its answer: latency and rate must add up.

    Toxics in the wrong order hide one in the other; a slow start of packets only adds.
    """
    size = min(_CHUNK_BYTES, int(kbps * 1000 / 8 * _CHUNK_S))
    async with _connections(path, 1) as [streams]:
        done = await exchange(streams, up=size)
    nominal = shape.rtt_ms + size * 8 / kbps
    low, high = _around(nominal, CHUNK_SHARE, CHUNK_MS)
    return [
        Measure(
            what="chunk_ms",
            nominal=nominal,
            low=low,
            high=high if path.backend == "toxiproxy" else math.inf,
            value=(done.done_ns - done.sent_ns) / _MS,
            note=f"{size} bytes up and an answer",
        )
    ]


@asynccontextmanager
async def _connections(path: NetworkPath, count: int) -> AsyncIterator[list[Streams]]:
    connections = await path.connect_echo(count)
    try:
        yield connections
    finally:
        for _, writer in connections:
            writer.transport.abort()


def _binomial(count: int, share: float) -> tuple[float, float]:
    """Return between which counts ``LOSS_CONFIDENCE`` of honest draws lie."""
    if not share:
        return 0.0, 0.0
    tail = (1 - LOSS_CONFIDENCE) / 2
    low, high = (math.ceil(special.bdtrik(q, count, share)) for q in (tail, 1 - tail))
    return float(low), float(high)


def _on_line_ms(size: int, kbps: float | None) -> float:
    return size * 8 / kbps if kbps else 0.0


def _around(nominal: float, share: float, least: float) -> tuple[float, float]:
    off = max(share * nominal, least)
    return max(0.0, nominal - off), nominal + off


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
