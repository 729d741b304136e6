"""The link as a QR code for any terminal, with an address that the phone can reach."""

from __future__ import annotations

import io
import socket
from collections import namedtuple

import psutil
import pytest
from rich.console import Console

from harness.core.errors import UsageError
from harness.device.invitation import qr_code
from harness.process.addresses import checked_bind, is_loopback, lan_addresses, visited_at, ways_in

State = namedtuple("State", "isup")
Entry = namedtuple("Entry", "family address")


@pytest.fixture
def two_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = {
        "lo": [Entry(socket.AF_INET, "127.0.0.1")],
        "wlan0": [Entry(socket.AF_INET, "192.168.1.20"), Entry(socket.AF_INET6, "fe80::1%wlan0")],
        "eth9": [Entry(socket.AF_INET, "10.0.0.5")],
        "link": [Entry(socket.AF_INET, "169.254.3.4")],
    }
    up = {name: State(name != "eth9") for name in addresses}
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: addresses)
    monkeypatch.setattr(psutil, "net_if_stats", lambda: up)


@pytest.mark.usefixtures("two_networks")
def test_only_addresses_that_others_can_reach_are_offered() -> None:
    assert [one.address for one in lan_addresses()] == ["192.168.1.20"]
    assert ways_in() == "This machine's addresses: 192.168.1.20 (wlan0)"
    assert visited_at("0.0.0.0") == "192.168.1.20"
    assert visited_at("127.0.0.1") == "127.0.0.1"


@pytest.mark.usefixtures("two_networks")
def test_an_address_of_another_machine_is_refused_with_the_names_of_ours() -> None:
    assert checked_bind("192.168.1.20") == "192.168.1.20"
    assert is_loopback(checked_bind("localhost"))
    for wrong in ("192.168.1.21", "phone.local", ""):
        with pytest.raises(UsageError) as caught:
            checked_bind(wrong)
        assert "192.168.1.20 (wlan0)" in caught.value.line


def test_the_code_is_dark_on_light_and_fits_a_terminal() -> None:
    code = qr_code("http://192.168.178.120:43817/harness/i/AbCdEfGhIjKlMnOp")
    lines = code.plain.rstrip("\n").split("\n")
    assert len(lines) <= 20
    assert {len(line) for line in lines} == {len(lines[0])}
    assert len(lines[0]) <= 40
    out = io.StringIO()
    Console(file=out, force_terminal=True, color_system="truecolor").print(code)
    assert "38;2;0;0;0" in out.getvalue()
    assert "48;2;255;255;255" in out.getvalue()
