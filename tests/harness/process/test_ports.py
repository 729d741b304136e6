"""A port that is chosen for later is no other process's in between."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

import harness.process.ports
import servers.topology.postgres

RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
Choose = Callable[[], int]
CHOOSERS = [harness.process.ports.free_port, servers.topology.postgres.free_port]


@pytest.mark.skipif(not RANGE.exists(), reason="this system does not say which ports it gives")
@pytest.mark.parametrize("choose", CHOOSERS)
def test_it_is_none_that_the_system_gives_to_a_process_that_asks_for_any(choose: Choose) -> None:
    first, last = map(int, RANGE.read_text().split())
    assert not [port for port in (choose() for _ in range(50)) if first <= port <= last]


@pytest.mark.parametrize("choose", CHOOSERS)
def test_one_that_is_taken_is_passed_over(choose: Choose, monkeypatch: pytest.MonkeyPatch) -> None:
    module = (
        harness.process.ports
        if choose is harness.process.ports.free_port
        else servers.topology.postgres
    )
    monkeypatch.setattr(module.os, "urandom", bytes)  # the same choice every time
    with socket.create_server(("127.0.0.1", choose())) as taken:
        assert choose() != taken.getsockname()[1]
