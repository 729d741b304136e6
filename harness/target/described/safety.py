"""Which hosts may be sent anything: this machine, and others whose owner says so by name.

Nothing here or elsewhere follows a redirect, so the host that is checked is the one that is sent
to; it is checked again before each run, for a name may lead elsewhere by then.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from harness.core.errors import HarnessError, UsageError

OPTION = "--i-own-this-target"
RATE_MAX = 5.0
"""Requests a second that another host is sent until more is allowed by name."""
DURATION_MAX_S = 120.0
"""How long another host is sent a load until more is allowed by name."""

Resolve = Callable[[str], Iterable[str]]


def resolved(host: str) -> set[str]:
    """Return the addresses of a host. Raises OSError."""
    return {str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}


def is_loopback(url: str, resolve: Resolve = resolved) -> bool:
    """Return whether a URL's host is this machine, by every address it has.

    Raises HarnessError for a host without an address, and for one of which only some addresses are
    this machine's.
    """
    host = urlsplit(url).hostname or ""
    try:
        addresses = [ipaddress.ip_address(one.partition("%")[0]) for one in resolve(host)]
    except OSError as error:
        raise HarnessError(f"{host} has no address: {error.strerror}") from error
    local = [_is_local(one) for one in addresses]
    if any(local) and not all(local):
        raise UsageError(
            f"{host} is both this machine and another: {', '.join(map(str, addresses))}",
            hint="Write the address that is meant",
        )
    return bool(local) and all(local)


def check_host(url: str, own_host: str, resolve: Resolve = resolved) -> bool:
    """Return whether a URL's host is another machine.

    Raises UsageError for one whose owner did not confirm it: ``own_host`` must be its very name.
    """
    if is_loopback(url, resolve):
        return False
    host = urlsplit(url).hostname or ""
    if own_host.casefold() != host.casefold():
        raise UsageError(
            f"{host} is another machine; a load can do harm there",
            hint=f"If it is yours, add {OPTION} {host}",
        )
    return True


def check_rate(
    name: str, requests: float, duration_s: float, *, rate_max: float, duration_max_s: float
) -> None:
    """Raise UsageError for a load of another host that is faster or longer than was allowed."""
    rate = requests / duration_s
    if rate > rate_max:
        raise UsageError(
            f"{name} sends {rate:.0f} requests a second to another machine, {rate_max:g} are "
            "allowed",
            hint=f"--max-rate {rate:.0f} allows them; or send less, e.g. --sessions 5",
        )
    if duration_s > duration_max_s:
        raise UsageError(
            f"{name} sends for {duration_s:.0f} s to another machine, {duration_max_s:g} s are "
            "allowed",
            hint=f"--max-seconds {duration_s:.0f} allows it",
        )


def _is_local(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
