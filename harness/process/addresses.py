"""Where a phone can reach this machine: the addresses it has in local networks."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass

import psutil

from harness.core.errors import UsageError

LOOPBACK = "127.0.0.1"
_EVERYWHERE = ("0.0.0.0", "::")


@dataclass(frozen=True, slots=True)
class Address:
    """An IPv4 address of this machine, and the network interface that has it."""

    address: str
    interface: str


def lan_addresses() -> list[Address]:
    """Return this machine's addresses that others can reach, private networks first."""
    up = {name for name, state in psutil.net_if_stats().items() if state.isup}
    found = [
        Address(entry.address, name)
        for name, entries in psutil.net_if_addrs().items()
        for entry in entries
        if entry.family == socket.AF_INET and name in up and _is_reachable(entry.address)
    ]
    return sorted(found, key=lambda a: (not ipaddress.ip_address(a.address).is_private, a.address))


def checked_bind(address: str) -> str:
    """Return the address to listen at. Raises UsageError when this machine does not have it."""
    if address == "localhost":
        return LOOPBACK
    try:
        wanted = ipaddress.ip_address(address)
    except ValueError as error:
        raise UsageError(f"{address!r} is no IP address", hint=ways_in()) from error
    own = {
        entry.address.partition("%")[0]
        for entries in psutil.net_if_addrs().values()
        for entry in entries
    }
    if address not in _EVERYWHERE and not wanted.is_loopback and str(wanted) not in own:
        raise UsageError(f"{address} is no address of this machine", hint=ways_in())
    return str(wanted)


def is_loopback(address: str) -> bool:
    """Return whether only this machine can reach what listens there."""
    return ipaddress.ip_address(address).is_loopback


def visited_at(bind: str) -> str:
    """Return the address for the link: what listens everywhere is visited at the first one."""
    if bind not in _EVERYWHERE:
        return bind
    found = lan_addresses()
    return found[0].address if found else LOOPBACK


def ways_in() -> str:
    """Return in one sentence which addresses a phone could reach."""
    found = lan_addresses()
    if not found:
        return "This machine has no address in a local network"
    listed = ", ".join(f"{one.address} ({one.interface})" for one in found)
    return f"This machine's addresses: {listed}"


def _is_reachable(address: str) -> bool:
    number = ipaddress.ip_address(address)
    return not (number.is_loopback or number.is_link_local or number.is_unspecified)
