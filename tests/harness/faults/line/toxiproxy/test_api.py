"""The proxy of Toxiproxy: what was requested takes effect, and errors are raised within seconds."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from toxiproxy.toxic import Toxic

from harness.core.clock import seeded_random
from harness.core.wait import wait_until
from harness.faults.base import held
from harness.faults.line.toxiproxy import outage
from harness.faults.line.toxiproxy.api import Proxy, ToxicNotFound, ToxiproxyError
from harness.faults.line.toxiproxy.outage import Blackhole, Refused
from harness.faults.line.toxiproxy.unsteady import Bursts, SomeReset
from harness.ledger.files import Ledger, read_witness
from harness.ledger.kinds import NETWORK
from harness.process.processes import Processes
from harness.setup import find_toxiproxy
from servers.topology.toxiproxy import ToxiproxyServer

TOXIPROXY = find_toxiproxy()
pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif(TOXIPROXY is None, reason="no Toxiproxy; `harness setup` brings it"),
]


@pytest_asyncio.fixture
async def proxy(tmp_path: Path) -> AsyncIterator[Proxy]:
    """Return a fresh proxy in front of a server that sends back what it gets."""

    echoing: set[asyncio.StreamWriter] = set()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        echoing.add(writer)
        with contextlib.suppress(ConnectionError):  # a toxic may well reset it
            while data := await reader.read(4096):
                writer.write(data)
        with contextlib.suppress(ConnectionError):
            writer.close()
            await writer.wait_closed()
        echoing.discard(writer)

    assert TOXIPROXY is not None
    upstream = await asyncio.start_server(echo, "127.0.0.1", 0)
    with Processes() as processes:
        server = ToxiproxyServer(TOXIPROXY, processes, wait_until, tmp_path)
        await server.start()
        server.put_in_front("front", upstream.sockets[0].getsockname()[1])
        yield Proxy(server.api, "front", timeout_s=60)
        server.stop()
    # A connection that outlived the loop would be a warning in whichever test comes next.
    await wait_until("every echo has ended", lambda: not echoing, timeout_s=60)
    upstream.close()
    await upstream.wait_closed()


async def round_trip_s(proxy: Proxy) -> float:
    reader, writer = await asyncio.open_connection(*proxy.listen)
    began = asyncio.get_running_loop().time()
    writer.write(b"x")
    assert await reader.readexactly(1) == b"x"
    writer.close()
    await writer.wait_closed()
    return asyncio.get_running_loop().time() - began


@pytest.mark.asyncio
async def test_a_toxic_bites_and_is_gone_after(proxy: Proxy) -> None:
    slow = Toxic(type="latency", name="slow", stream="upstream", attributes={"latency": 150})
    proxy.add_toxic(slow)
    assert await round_trip_s(proxy) >= 0.15
    proxy.remove_toxic("slow")
    proxy.remove_toxic("slow")  # already gone: no error
    assert proxy.toxics() == []
    assert await round_trip_s(proxy) > 0


@pytest.mark.asyncio
async def test_a_misspelt_attribute_is_not_taken_for_done(proxy: Proxy) -> None:
    wrong = Toxic(type="latency", name="slow", attributes={"latency_ms": 500})
    with pytest.raises(ToxiproxyError, match=r"requested latency_ms=500, the server holds None"):
        proxy.add_toxic(wrong)


@pytest.mark.asyncio
async def test_a_refused_toxic_is_an_error(proxy: Proxy) -> None:
    with pytest.raises(ToxiproxyError, match="failed at POST /toxics"):
        proxy.add_toxic(Toxic(type="nonsense", name="n"))


@pytest.mark.asyncio
async def test_a_proxy_that_is_not_there_is_an_error(proxy: Proxy) -> None:
    with pytest.raises(ToxicNotFound):
        Proxy(proxy._api, "missing").set_enabled(False)


@pytest.mark.asyncio
async def test_refused_bites_while_held_leaves_a_record_and_nothing_after(
    proxy: Proxy, tmp_path: Path
) -> None:
    listening = proxy.listen
    with Ledger(tmp_path) as ledger:
        async with held(Refused(proxy), ledger.witness(NETWORK)):
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection(*listening)
        assert await round_trip_s(proxy) > 0
    assert proxy.listen == listening
    kinds = read_witness(tmp_path / "network.arrows").table["kind"].to_pylist()
    assert kinds == [
        "fault_injecting",
        "fault_start",
        "sentinel_bitten",
        "sentinel_bitten",
        "fault_end",
    ]


@pytest.mark.asyncio
async def test_a_fault_that_does_not_bite_is_recorded_as_such(proxy: Proxy, tmp_path: Path) -> None:
    class Toothless(Refused):
        async def inject(self) -> None:
            """Do nothing."""

    with Ledger(tmp_path) as ledger:
        async with held(Toothless(proxy), ledger.witness(NETWORK)):
            pass
    kinds = read_witness(tmp_path / "network.arrows").table["kind"].to_pylist()
    assert kinds.count("sentinel_unharmed") == 2


@pytest.mark.asyncio
async def test_it_heals_when_the_scenario_breaks(proxy: Proxy, tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        with pytest.raises(RuntimeError, match="in the middle"):
            async with held(Refused(proxy), ledger.witness(NETWORK)):
                raise RuntimeError("in the middle")
        assert proxy.enabled


def test_an_api_that_hangs_is_given_up() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        api = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(ToxiproxyError, match="failed at GET"):
            _ = Proxy(api, "front", timeout_s=0.2).enabled


@pytest.mark.asyncio
async def test_a_black_hole_takes_everything_and_gives_nothing_back(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    hole = Blackhole(proxy)
    # What comes back does so in the end, however busy the machine is; what is swallowed never does.
    monkeypatch.setattr(outage, "_PROBE_TIMEOUT_S", 60.0)
    assert await hole.evidence() == ""
    await hole.inject()
    monkeypatch.setattr(outage, "_PROBE_TIMEOUT_S", 0.5)
    assert "no byte came back" in await hole.evidence()
    await hole.heal()
    await hole.heal()
    assert await round_trip_s(proxy) > 0


@pytest.mark.asyncio
async def test_bursts_come_and_go_by_the_seed_and_are_gone_after(
    proxy: Proxy, tmp_path: Path
) -> None:
    bursts = Bursts(Refused(proxy), seeded_random(1, "test"), shortest_s=0.05, longest_s=0.2)
    bursts.patience_s = 60.0
    assert await bursts.evidence() == ""
    with Ledger(tmp_path) as ledger:
        async with held(bursts, ledger.witness(NETWORK)):
            await wait_until("bursts were felt", lambda: bursts.felt >= 2, timeout_s=60)
    assert proxy.enabled
    assert await round_trip_s(proxy) > 0
    kinds = read_witness(tmp_path / "network.arrows").table["kind"].to_pylist()
    assert kinds.count("sentinel_bitten") == 2


@pytest.mark.asyncio
async def test_bursts_without_an_effect_are_no_evidence(proxy: Proxy) -> None:
    class Toothless(Refused):
        async def inject(self) -> None:
            """Do nothing."""

    bursts = Bursts(Toothless(proxy), seeded_random(1, "test"), shortest_s=0.01, longest_s=0.02)
    bursts.patience_s = 0.3
    await bursts.inject()
    assert await bursts.evidence() == ""
    await bursts.heal()


@pytest.mark.asyncio
async def test_half_of_all_connections_are_reset_and_none_after(proxy: Proxy) -> None:
    some = SomeReset(proxy, 0.5)
    assert await some.evidence() == ""
    await some.inject()
    looks = [await some.evidence() or "0 of 14" for _ in range(6)]
    # Of 84 fair draws fewer or more than this fail once in thirty million times.
    assert 16 < sum(int(look.split()[0]) for look in looks) < 68, looks
    await some.heal()
    assert proxy.toxics() == []
    assert await some.evidence() == ""


@pytest.mark.asyncio
async def test_no_probe_runs_between_two_draws(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed, again = threading.Event(), threading.Event()
    remove = proxy.remove_toxic

    def remove_slowly(name: str) -> None:
        remove(name)
        removed.set()
        again.wait(60)

    monkeypatch.setattr(proxy, "remove_toxic", remove_slowly)
    some = SomeReset(proxy, 1)
    await some.inject()
    await wait_until("the next draw has begun", removed.is_set, timeout_s=60)
    looking = asyncio.create_task(some.evidence())
    looked, _ = await asyncio.wait([looking], timeout=0.5)
    again.set()
    assert not looked
    assert await looking == "14 of 14 new connections were reset"
    await some.heal()
