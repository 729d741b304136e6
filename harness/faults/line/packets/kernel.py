"""The few things of Linux that the link is made of: namespaces, TUN devices, addresses, routes.

Python 3.11 has no ``os.unshare``; ioctl numbers and structures are those of <linux/if_tun.h>,
<linux/sockios.h> and <linux/route.h>. Everything raises OSError with the kernel's reason.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000

_TUNSETIFF = 0x400454CA
_IFF_TUN = 0x0001
_IFF_NO_PI = 0x1000
_SIOCADDRT = 0x890B
_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_SIOCSIFADDR = 0x8916
_SIOCSIFNETMASK = 0x891C
_IFF_UP = 0x1
_RTF_UP = 0x1

_libc = ctypes.CDLL(None, use_errno=True)


def enter_user_namespace() -> None:
    """Become the owner of a user namespace in which we are who we were: same ids, all rights."""
    uid, gid = os.geteuid(), os.getegid()
    _unshare(CLONE_NEWUSER)
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{uid} {uid} 1")
    _write("/proc/self/gid_map", f"{gid} {gid} 1")


def enter_network_namespace() -> int:
    """Enter a new, empty network; return a descriptor by which it can be entered again."""
    _unshare(CLONE_NEWNET)
    return os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


@contextmanager
def inside(network: int) -> Iterator[None]:
    """Be in another network for the length of the block; sockets made there belong there."""
    before = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _call("setns", network, CLONE_NEWNET)
        yield
    finally:
        _call("setns", before, CLONE_NEWNET)
        os.close(before)


def open_tun(name: str, address: str) -> int:
    """Make a TUN device in this network with an address in a /24, up; return its descriptor.

    Loopback goes up too, and addresses of 127/8 may be routed: a page on one is a secure context.
    """
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.ioctl(tun, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TUN | _IFF_NO_PI))
        set_up("lo", up=True)
        _write("/proc/sys/net/ipv4/conf/all/route_localnet", "1")
        with _control() as control:
            for request, text in ((_SIOCSIFADDR, address), (_SIOCSIFNETMASK, "255.255.255.0")):
                argument = struct.pack("16s16s8x", name.encode(), _address(text))
                fcntl.ioctl(control, request, argument)
        set_up(name, up=True)
    except BaseException:
        os.close(tun)
        raise
    return tun


def set_up(name: str, *, up: bool) -> None:
    """Set a device of this network up or down."""
    with _control() as control:
        argument = struct.pack("16sh22x", name.encode(), 0)
        (flags,) = struct.unpack("16xh22x", fcntl.ioctl(control, _SIOCGIFFLAGS, argument))
        flags = flags | _IFF_UP if up else flags & ~_IFF_UP
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh22x", name.encode(), flags))


def add_default_route(name: str) -> None:
    """Send everything else over a device: without such a route WebKitGTK takes itself for offline.

    A device that goes down loses it, and does not get it back when it comes up.
    """
    device = ctypes.create_string_buffer(name.encode())
    zero = _address("0.0.0.0")
    route = struct.pack(
        "@L16s16s16sHhLPhPLLH",
        *(0, zero, zero, zero, _RTF_UP, 0, 0, 0, 0, ctypes.addressof(device), 0, 0, 0),
    )
    with _control() as control:
        fcntl.ioctl(control, _SIOCADDRT, route)


def congestion_control() -> str:
    """Return by what rule TCP paces itself here; it decides what a lossy line carries."""
    with socket.socket() as probe:
        raw = probe.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16)
    return raw.rstrip(b"\0").decode()


@contextmanager
def _control() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        yield control


def _address(text: str) -> bytes:
    return struct.pack("@HH4s8x", socket.AF_INET, 0, socket.inet_aton(text))


def _unshare(flags: int) -> None:
    _call("unshare", flags)


def _call(name: str, *arguments: int) -> None:
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def _write(path: str, text: str) -> None:
    # Not a file object: one that is dropped unclosed swallows the kernel's refusal.
    file = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(file, text.encode())
    except OSError as error:
        raise OSError(error.errno, f"{path}: {error.strerror}") from error
    finally:
        os.close(file)
