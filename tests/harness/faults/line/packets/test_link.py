"""A link of packets, as clients feel it; skipped where the machine forbids such networks."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from harness.browsers.base import Restores
from harness.browsers.behind_link import BehindLink
from harness.core.clock import NS_PER_S, now
from harness.core.errors import HarnessError
from harness.core.wait import wait_until
from harness.faults.line.echo import echo_server
from harness.faults.line.packets import path as packet_path
from harness.faults.line.packets.link import LinkError, PacketLink
from harness.faults.line.packets.path import PacketPath
from harness.faults.line.path import Outage, Shape
from harness.process.processes import Processes
from harness.setup import available

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(not available("packets"), reason="no networks of our own here"),
]


@pytest_asyncio.fixture
async def path(tmp_path: Path) -> AsyncIterator[PacketPath]:
    with Processes() as processes:
        async with (
            PacketLink(processes, tmp_path) as link,
            echo_server() as echo,
            PacketPath(link, echo, echo, seed=1) as path,
        ):
            yield path


async def connect_ms(path: PacketPath) -> float:
    began_ns = now().mono_ns
    [(_, writer)] = await path.connect_echo()
    took_ms = (now().mono_ns - began_ns) / NS_PER_S * 1000
    writer.close()
    return took_ms


async def test_the_handshake_itself_takes_the_round_trip(path: PacketPath) -> None:
    await path.shape(Shape(rtt_ms=200))

    async def takes_one() -> bool:
        took_ms = await connect_ms(path)
        assert took_ms >= 200
        return took_ms < 300

    # A busy machine adds to it, now and then; a second round trip would be there always.
    await wait_until("a handshake has taken one round trip, not two", takes_one, timeout_s=60)


async def test_the_same_seed_loses_the_same_packets(path: PacketPath) -> None:
    lost = []
    for _ in range(2):
        await path.shape(Shape(loss=1.0))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                await path.connect_echo()
        up, _ = path.passed()
        lost.append((up.seen, up.lost))
    assert lost[0][0] == lost[0][1] > 0
    assert lost[1][0] == lost[1][1] > 0


@pytest.mark.parametrize("kind", [Outage.DROP, Outage.LINKDOWN])
async def test_a_cut_is_felt_and_healed(
    path: PacketPath, kind: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = path.outage(kind)

    async def found(patience_s: float) -> str:
        monkeypatch.setattr(packet_path, "PROBE_S", patience_s)
        return await cut.evidence()

    # What gets through does so in the end, however busy the machine is; what is cut never does.
    assert await found(60) == ""
    await cut.inject()
    assert "failed" in await found(1)
    await cut.heal()
    assert await found(60) == ""


async def test_what_the_backend_lacks_is_refused(path: PacketPath) -> None:
    with pytest.raises(HarnessError, match="Toxiproxy can"):
        path.outage(Outage.REFUSED)


async def test_a_client_inside_reaches_the_server_and_nothing_else(path: PacketPath) -> None:
    script = (
        "import socket, sys; socket.create_connection(('127.9.0.2', int(sys.argv[1])), 60)\n"
        "try: socket.create_connection(('127.0.0.1', int(sys.argv[2])), 60)\n"
        "except ConnectionRefusedError: print('only the server')"
    )
    _, _, port = path.url.rpartition(":")
    ours = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0)
    own_port = str(ours.sockets[0].getsockname()[1])
    argv = path.link.argv([sys.executable, "-c", script, port, own_port])
    child = await asyncio.create_subprocess_exec(*argv, stdout=subprocess.PIPE)
    output, _ = await child.communicate()
    ours.close()
    assert output.decode().strip() == "only the server"


async def test_a_dead_link_is_an_error_at_once_and_the_next_run_gets_another(
    tmp_path: Path,
) -> None:
    with Processes() as processes:
        async with BehindLink(processes, tmp_path) as behind:
            link, _ = await behind.get()
            assert (await behind.get())[0] is link
            os.kill(link.pid, signal.SIGKILL)
            with pytest.raises(LinkError):
                link.ask("facts")
            another, _ = await behind.get()
            assert another.ask("facts")["congestion_control"]


@pytest.mark.browser
@pytest.mark.skipif(not available("chromium"), reason="no Chromium")
async def test_a_chromium_behind_the_link_starts_and_comes_back(tmp_path: Path) -> None:
    """Its debugging port is on the loopback inside, which no process outside shares."""
    with Processes() as processes:
        async with BehindLink(processes, tmp_path) as behind:
            _, browsers = await behind.get()
            async with browsers.lend("chromium", "http://nowhere.invalid") as browser:
                assert isinstance(browser, Restores)
                await browser.crash()
                await browser.restart()
                page = await browser.open_page(lambda text: None)
                assert await page.evaluate("() => location.href") == "about:blank"


async def test_a_killed_harness_leaves_no_link(tmp_path: Path) -> None:
    script = (
        "import asyncio, sys; from pathlib import Path\n"
        "from harness.process.processes import Processes\n"
        "from harness.faults.line.packets.link import PacketLink\n"
        "async def main():\n"
        "    with Processes() as processes:\n"
        "        async with PacketLink(processes, Path(sys.argv[1])) as link:\n"
        "            print(link.pid, flush=True); await asyncio.Event().wait()\n"
        "asyncio.run(main())"
    )
    argv = [sys.executable, "-c", script, str(tmp_path)]
    harness = await asyncio.create_subprocess_exec(*argv, stdout=subprocess.PIPE)
    assert harness.stdout is not None
    pid = int(await harness.stdout.readline())
    harness.kill()
    await harness.communicate()  # to the end of its pipe, which else would outlive the loop
    await wait_until("the link is gone", lambda: not psutil.pid_exists(pid), timeout_s=60)
