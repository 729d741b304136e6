"""A path that has not its nominal shape is caught, whatever is wrong with it."""

from __future__ import annotations

import asyncio
import json
import math
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from toxiproxy.toxic import Toxic

from harness.core.errors import HarnessError
from harness.core.wait import wait_until
from harness.faults.line import calibrate as calibration
from harness.faults.line.calibrate import calibrate
from harness.faults.line.echo import echo_server, exchange
from harness.faults.line.packets.link import PacketLink
from harness.faults.line.packets.path import PacketPath
from harness.faults.line.path import NetworkPath, Outage, Shape
from harness.faults.line.toxiproxy.api import Proxy, ToxiproxyError
from harness.faults.line.toxiproxy.path import ToxicPath
from harness.ledger.files import WitnessFile, read_witness
from harness.ledger.kinds import NETWORK
from harness.ledger.kinds.network import Calibration
from harness.process.processes import Processes
from harness.setup import available, find_toxiproxy
from reports.verdict.verdict import Verdict
from servers.topology.toxiproxy import ToxiproxyServer
from tests.reports.ledgers import HandWritten, find

TOXIPROXY = find_toxiproxy()
SLOW = Shape(rtt_ms=200, up_kbps=800, down_kbps=800)
VISIT = b"GET / HTTP/1.0"
LOOKS_MAX = 3
"""Where nothing else runs one measurement suffices; more would hide one that is seldom right."""
needs_toxiproxy = pytest.mark.skipif(TOXIPROXY is None, reason="no Toxiproxy")
needs_packets = pytest.mark.skipif(not available("packets"), reason="no networks of our own here")
pytestmark = [pytest.mark.stack, pytest.mark.asyncio]


@pytest.fixture
def short_bulk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "_BULK_S", 0.5)


class Proxied:
    """A path through a Toxiproxy of its own, and its parts."""

    def __init__(self, path: ToxicPath, proxy: Proxy, server: ToxiproxyServer, echo: int) -> None:
        self.path, self.proxy, self.server, self.echo = path, proxy, server, echo

    def set_wrong(self, *toxics: tuple[str, str, dict[str, int]]) -> None:
        """Put other toxics in the place of those that the shape brought."""
        for name in self.proxy.toxics():
            self.proxy.remove_toxic(name)
        for number, (kind, stream, attributes) in enumerate(toxics):
            name = f"wrong-{number}"
            self.proxy.add_toxic(
                Toxic(name=name, type=kind, stream=stream, toxicity=1, attributes=attributes)
            )


@pytest_asyncio.fixture
async def proxied(tmp_path: Path) -> AsyncIterator[Proxied]:
    assert TOXIPROXY is not None
    visitors: list[int] = []

    async def visited(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readexactly(len(VISIT)))
        await writer.drain()
        writer.close()

    real = await asyncio.start_server(visited, "127.0.0.1", 0)
    visitors.append(int(real.sockets[0].getsockname()[1]))
    with Processes() as processes:
        server = ToxiproxyServer(TOXIPROXY, processes, wait_until, tmp_path)
        await server.start()
        async with echo_server(lambda: visitors[0]) as echo:
            server.put_in_front("front", visitors[0])
            proxy = Proxy(server.api, "front", timeout_s=60)
            yield Proxied(ToxicPath(proxy, echo), proxy, server, echo)
        server.stop()
    real.close()


async def expect(
    path: NetworkPath, shape: Shape, directory: Path, verdict: Verdict, what: str = ""
) -> None:
    """Calibrate as a run does, and let the check judge: it must say this, and name ``what``.

    A busy machine makes a path slower, never quicker, so each measure is the quickest of some, and
    one that is too quick can never be made good.
    """
    quickest: dict[tuple[str, str], dict[str, Any]] = {}
    for number in range(LOOKS_MAX):
        for row in await calibrated(path, shape, directory / str(number)):
            detail = json.loads(row["detail"])
            key = detail["what"], detail["when"]
            if key not in quickest or is_quicker(key[0], row, quickest[key]):
                quickest[key] = row
        ledger = HandWritten().lifetime()
        for row in quickest.values():
            ledger.saw(1.0, NETWORK.kind_of(Calibration).row(row))
        finding = find("calibrated", ledger, directory / f"judged-{number}")
        if finding.verdict is verdict and what in finding.summary:
            return
    assert finding.verdict is verdict, finding.summary
    assert what in finding.summary


async def calibrated(path: NetworkPath, shape: Shape, directory: Path) -> list[dict[str, Any]]:
    """Calibrate before and after nothing; return the rows."""
    directory.mkdir(parents=True)
    witness = WitnessFile(directory / "network.arrows", NETWORK)
    for when in ("before", "after"):
        await calibrate(path, shape, witness, when)
    witness.close()
    return read_witness(directory / "network.arrows").table.to_pylist()


def is_quicker(what: str, one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Say whether a line was better: a higher rate, a shorter time, less loss."""
    if math.isnan(one["value"]) or math.isnan(other["value"]):
        return math.isnan(other["value"])
    is_rate = what.startswith("rate_")
    return bool(one["value"] > other["value"] if is_rate else one["value"] < other["value"])


def latency(ms: int) -> dict[str, int]:
    return {"latency": ms, "jitter": 0}


UP, DOWN = "upstream", "downstream"
HONEST = [
    ("latency", UP, latency(100)),
    ("bandwidth", UP, {"rate": 100}),
    ("latency", DOWN, latency(100)),
    ("bandwidth", DOWN, {"rate": 100}),
]
WRONG: dict[str, tuple[Callable[[], list[tuple[str, str, dict[str, int]]]], str]] = {
    "both_ways_in_one": (
        lambda: [("latency", UP, latency(200)), HONEST[1], HONEST[3]],
        "way_up_ms",
    ),
    "one_way_only": (lambda: HONEST[:2], "round_trip_ms"),
    "rate_before_latency": (
        lambda: [HONEST[1], HONEST[0], HONEST[3], HONEST[2]],
        "chunk_ms",
    ),
    "rate_of_one_way_missing": (lambda: [*HONEST[:3]], "rate_down_kbps"),
    "bits_for_bytes": (
        lambda: [HONEST[0], ("bandwidth", UP, {"rate": 800}), *HONEST[2:]],
        "rate_up_kbps",
    ),
}


@needs_toxiproxy
@pytest.mark.usefixtures("short_bulk")
async def test_an_honest_path_is_within_tolerance(proxied: Proxied, tmp_path: Path) -> None:
    await proxied.path.shape(SLOW)
    await expect(proxied.path, SLOW, tmp_path, Verdict.PASS)


@needs_toxiproxy
@pytest.mark.usefixtures("short_bulk")
@pytest.mark.parametrize("how", WRONG)
async def test_toxics_that_were_set_wrong_are_caught(
    proxied: Proxied, tmp_path: Path, how: str
) -> None:
    toxics, what = WRONG[how]
    await proxied.path.shape(SLOW)
    proxied.set_wrong(*toxics())
    await expect(proxied.path, SLOW, tmp_path, Verdict.UNKNOWN, what)


@needs_toxiproxy
async def test_a_misspelt_attribute_never_gets_so_far(proxied: Proxied) -> None:
    with pytest.raises(ToxiproxyError, match="latncy"):
        proxied.set_wrong(("latency", UP, {"latncy": 100, "jitter": 0}))


@needs_toxiproxy
async def test_a_misspelt_attribute_that_is_not_read_back_is_caught(
    proxied: Proxied, tmp_path: Path
) -> None:
    shape = Shape(rtt_ms=200)
    toxic = Toxic(name="m", type="latency", stream=UP, toxicity=1, attributes={"latncy": 100})
    with pytest.raises(ToxiproxyError):
        proxied.proxy.add_toxic(toxic)  # it is there all the same, and does nothing
    assert "m" in proxied.proxy.toxics()
    await expect(proxied.path, shape, tmp_path, Verdict.UNKNOWN, "round_trip_ms")


@needs_toxiproxy
async def test_who_visits_during_a_calibration_reaches_the_server(proxied: Proxied) -> None:
    _, _, port = proxied.path.url.rpartition(":")
    connected = await proxied.path.connect_echo(2)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
    writer.write(VISIT)
    assert await reader.readexactly(len(VISIT)) == VISIT
    writer.close()
    for streams in connected:
        assert (await exchange(streams, up=10, down=10)).done_ns
        streams[1].close()


@needs_toxiproxy
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_toxiproxy_that_dies_or_hangs_is_an_error_soon(
    proxied: Proxied, how: signal.Signals
) -> None:
    await proxied.path.check()
    impatient = ToxicPath(Proxy(proxied.server.api, "front", timeout_s=2), proxied.echo)
    os.kill(proxied.server.pid, how)
    try:
        async with asyncio.timeout(120):  # a hanging one answers never
            with pytest.raises(HarnessError, match="Toxiproxy"):
                await impatient.shape(SLOW)
            with pytest.raises(HarnessError, match="Toxiproxy"):
                await impatient.check()
    finally:
        if how is signal.SIGSTOP:
            os.kill(proxied.server.pid, signal.SIGCONT)


@needs_packets
@pytest.mark.usefixtures("short_bulk")
async def test_packets_have_their_nominal_shape_and_a_wrong_one_is_caught(tmp_path: Path) -> None:
    wrong = [
        (SLOW, SLOW, ""),
        (Shape(loss=0.5), Shape(loss=0.5), ""),
        (Shape(loss=0.4), Shape(loss=0.5), "loss_up"),
        (Shape(rtt_ms=150), Shape(rtt_ms=200), "connect_ms"),
        (Shape(rtt_ms=200, up_kbps=800, down_kbps=400), SLOW, "rate_down_kbps"),
    ]
    with Processes() as processes:
        async with (
            PacketLink(processes, tmp_path) as link,
            echo_server() as echo,
            PacketPath(link, echo, echo, seed=1) as path,
        ):
            for number, (real, nominal, what) in enumerate(wrong):
                await path.shape(real)
                verdict = Verdict.UNKNOWN if what else Verdict.PASS
                await expect(path, nominal, tmp_path / str(number), verdict, what)
            cut = path.outage(Outage.DROP)
            await cut.inject()
            measured = await path.datagrams(50, 0.5)
            await cut.heal()
    assert [way.lost for way in measured] == [50, 50]
