"""Bad networks from the command line: they are as bad as they say, nothing is left of them, and
one that dies or hangs is no verdict on the target."""

from __future__ import annotations

import json
import os
import signal
import urllib.request
from collections.abc import Iterable
from pathlib import Path

import psutil
import pytest

from harness.core.clock import NS_PER_S, now
from harness.core.errors import ExitCode
from harness.core.wait import block_until
from harness.ledger.files import read_witness
from harness.setup import available, find_chromium, find_toxiproxy
from tests.harness.cli.shell import harness_here
from tests.harness.cli.started import started, wait_for_views

pytestmark = [
    pytest.mark.browser,
    pytest.mark.stack,
    pytest.mark.slow,
    pytest.mark.skipif(
        find_chromium() is None or find_toxiproxy() is None,
        reason="Chromium or Toxiproxy is missing; `harness setup` brings them",
    ),
]
SOON_S = 90.0
"""Two seconds between two questions, five for an answer, and the way out of a broken run, three
times as slow as it should be; a run that waited for its line would last until its budget of 160 s.
"""


@pytest.mark.parametrize(
    "how", [pytest.param(signal.SIGKILL, marks=pytest.mark.nightly), signal.SIGSTOP]
)
@pytest.mark.slowest
def test_a_toxiproxy_that_dies_or_hangs_is_replaced_and_its_cell_unknown(
    tmp_path: Path, how: signal.Signals
) -> None:
    arguments = ("run", "short_outage", "--repeat", "2", "-n", "1", "--out", str(tmp_path))
    with started(*arguments) as run:
        directory = wait_for_views(run, tmp_path, "viewer.arrows", 4)
        run.remember_tags()
        [toxiproxy] = run.named("toxiproxy")
        os.kill(toxiproxy.pid, how)
        killed_ns = now().wall_ns
        output, _ = run.process.communicate(timeout=400)
        assert run.process.returncode == ExitCode.UNDECIDED, output
        assert run.offspring() == []
    assert (directory / "end.json").stat().st_mtime_ns - killed_ns < SOON_S * NS_PER_S
    verdict = json.loads((tmp_path / "latest" / "verdict.json").read_text())
    first, second = sorted(verdict["cells"], key=lambda cell: cell["seed"])
    assert first["verdict"] == "unknown"
    assert "Toxiproxy" in first["reason"]
    assert second["verdict"] == "pass"


def networks_of(processes: Iterable[psutil.Process]) -> set[str]:
    """Return the network namespaces of processes, but for our own."""
    found = set()
    for process in processes:
        try:
            found.add(os.readlink(f"/proc/{process.pid}/ns/net"))
        except OSError:  # it has ended
            continue
    return found - {os.readlink("/proc/self/ns/net")}


def alive_since(then_s: float) -> list[psutil.Process]:
    """Return the processes that began before ``then_s``: a later one may be in a new network that
    the kernel gave the number of one that is gone."""
    return [one for one in psutil.process_iter(["create_time"]) if one.create_time() < then_s]


# Without a network of their own, test_kill.py kills them too, with every engine.
@pytest.mark.parametrize(
    "backend", ["packets", pytest.param("toxiproxy", marks=pytest.mark.nightly)]
)
def test_kill_9_leaves_no_network_no_device_and_no_proxy(tmp_path: Path, backend: str) -> None:
    if not available(backend):
        pytest.skip(f"{backend} cannot be had here")
    line = ("fast_3g", "--browser", "chromium", "--network", backend)
    with started("run", *line, "--out", str(tmp_path)) as run:
        wait_for_views(run, tmp_path, "viewer.arrows", 4)
        run.remember_tags()
        offspring = run.offspring()
        networks = networks_of(offspring)
        assert bool(networks) is (backend == "packets")
        assert run.named("toxiproxy")
        assert run.scratch()
        killed_s = now().wall_ns / NS_PER_S
        os.kill(run.process.pid, signal.SIGKILL)
        run.process.wait(60)
        block_until("every child is gone", lambda: not run.offspring(), timeout_s=60)

        # A network lives as long as a process, or a mount, holds it; a device goes with it. A
        # process that ends gives up its memory, and so its name, before its network.
        def all_are_gone() -> bool:
            return not networks & networks_of(alive_since(killed_s))

        block_until("every network is gone", all_are_gone, timeout_s=60)
        block_until("every directory is gone", lambda: not run.scratch(), timeout_s=60)
    assert not {"tc0", "ts0"} & set(os.listdir("/sys/class/net"))


def took_s(url: str) -> float:
    began_ns = now().mono_ns
    with urllib.request.urlopen(url, timeout=60) as answer:
        answer.read()
    return (now().mono_ns - began_ns) / NS_PER_S


def test_up_gives_a_tester_a_slow_site() -> None:
    with started("up", "--network", "slow-3g") as up:
        assert up.process.stdout is not None
        lines = [up.process.stdout.readline().split() for _ in range(6)]
        printed = {line[0]: line[1:] for line in lines}
        assert "400 ms round trip" in " ".join(printed["network"])
        assert took_s(f"{printed['front'][0]}/healthz") >= 0.4
        # A stalled machine is slow as well, but not each time; the line is, each time.
        direct = f"{printed['server'][0]}/healthz"
        block_until("the server itself is fast", lambda: took_s(direct) < 0.4, timeout_s=60)
        # The page's own modules are some 50 kB: a second at 400 kbps.
        assert took_s(f"{printed['front'][0]}/client/recorder.js") >= 0.4
        os.kill(up.process.pid, signal.SIGINT)
        up.process.communicate(timeout=120)
    assert up.process.returncode == 0


@pytest.mark.slowest
def test_a_load_has_the_line_that_was_asked_for(tmp_path: Path) -> None:
    backend = "packets" if available("packets") else "toxiproxy"
    options = ["--network", f"fast-3g@{backend}", "--out", str(tmp_path), "--json"]
    done = harness_here("run", "steady_load", "--duration", "10", *options)
    [cell] = json.loads(done.stdout)["cells"]
    assert f"network=fast-3g@{backend}" in cell["arm"], cell
    findings = {finding["check"]: finding["verdict"] for finding in cell["findings"]}
    assert findings["nothing_lost"] == "pass", cell
    [rows] = tmp_path.glob("latest/cells/*/*/*/load*.arrows")
    table = read_witness(rows).table
    sent, answered = table["sent_ns"].to_pylist(), table["done_ns"].to_pylist()
    fastest_s = min(end - start for start, end in zip(sent, answered, strict=True)) / NS_PER_S
    assert fastest_s >= 0.06
