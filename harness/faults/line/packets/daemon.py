"""The link itself: one process, two networks, a TUN device in each, packets shaped in between.

Run as ``python -m harness.faults.line.packets.daemon SOCKET SEED``. It makes the networks
*server* and *client*, stays in *client* (a client enters this process's network), and listens on a
unix socket, whose path no network namespace hides. One JSON line a request, one a reply; sockets
made inside travel as descriptors. When the one who holds the connection goes, so does the link.
With ``--prove`` it only shows that it can be made.

``select`` and not asyncio: asyncio rounds to milliseconds.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import sys
import time
from dataclasses import asdict
from typing import Any

from harness.core.clock import NS_PER_S, seeded_random
from harness.faults.line.packets import kernel
from harness.faults.line.packets.shaper import Direction

CLIENT, SERVER = "127.9.0.1", "127.9.0.2"
CLIENT_DEVICE, SERVER_DEVICE = "tc0", "ts0"
LARGEST_PACKET = 65_536
PRIORITY = -10
"""A line does not wait for the browsers that use it; it needs a few percent of a core."""
_AT_ONCE = 64
_BACKLOG = 1024


class Link:
    """Both networks and what lies between them."""

    def __init__(self, seed: int) -> None:
        kernel.enter_user_namespace()
        self._server = kernel.enter_network_namespace()
        self._server_tun = kernel.open_tun(SERVER_DEVICE, SERVER)
        kernel.enter_network_namespace()
        self._client_tun = kernel.open_tun(CLIENT_DEVICE, CLIENT)
        kernel.add_default_route(CLIENT_DEVICE)
        self.directions = {
            way: Direction(chance=seeded_random(seed, f"packets {way}")) for way in ("up", "down")
        }
        self._lines = {
            self._client_tun: (self.directions["up"], self._server_tun),
            self._server_tun: (self.directions["down"], self._client_tun),
        }

    def execute(self, command: dict[str, Any]) -> tuple[dict[str, Any], list[socket.socket]]:
        """Execute a command; return the reply and the sockets to pass with it."""
        match command["do"]:
            case "shape":
                for way, direction in self.directions.items():
                    direction.shape(**command[way])
                    if "seed" in command:
                        direction.chance = seeded_random(command["seed"], f"packets {way}")
                return {}, []
            case "cut":
                for direction in self.directions.values():
                    direction.is_cut = bool(command["cut"])
                return {}, []
            case "link":
                kernel.set_up(CLIENT_DEVICE, up=bool(command["up"]))
                if command["up"]:
                    kernel.add_default_route(CLIENT_DEVICE)
                return {}, []
            case "counts":
                return {way: asdict(d.counts) for way, d in self.directions.items()}, []
            case "listen":
                with kernel.inside(self._server):
                    listener = socket.create_server((SERVER, 0), backlog=_BACKLOG)
                return {"port": listener.getsockname()[1]}, [listener]
            case "socket":
                return {}, [socket.socket()]
            case "datagrams":
                with kernel.inside(self._server):
                    outside = socket.socket(type=socket.SOCK_DGRAM)
                    outside.bind((SERVER, 0))
                inside = socket.socket(type=socket.SOCK_DGRAM)
                return {"port": outside.getsockname()[1]}, [inside, outside]
            case "facts":
                return {"congestion_control": kernel.congestion_control()}, []
        raise ValueError(f"unknown command {command['do']}")

    def serve(self, control: socket.socket) -> None:
        """Carry packets and execute commands until the other end of ``control`` is gone."""
        received = b""
        while True:
            watched = [*self._lines, control.fileno()]
            ready, _, _ = select.select(watched, [], [], self._patience_s())
            for tun in self._lines.keys() & set(ready):
                self._take(tun)
            if control.fileno() in ready:
                text = control.recv(LARGEST_PACKET)
                if not text:
                    return
                received += text
                while b"\n" in received:
                    line, _, received = received.partition(b"\n")
                    self._reply(control, json.loads(line))
            self._deliver()

    def _reply(self, control: socket.socket, command: dict[str, Any]) -> None:
        handed: list[socket.socket] = []
        try:
            reply, handed = self.execute(command)
        except (OSError, ValueError, KeyError, TypeError) as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        text = json.dumps(reply).encode() + b"\n"
        socket.send_fds(control, [text], [one.fileno() for one in handed])
        for one in handed:
            one.close()

    def _take(self, tun: int) -> None:
        direction = self._lines[tun][0]
        for _ in range(_AT_ONCE):
            try:
                packet = os.read(tun, LARGEST_PACKET)
            except OSError:  # nothing more now, or the device is down
                return
            direction.take(packet, time.monotonic_ns())

    def _deliver(self) -> None:
        now_ns = time.monotonic_ns()
        for direction, out in self._lines.values():
            for packet in direction.due(now_ns):
                with contextlib.suppress(OSError):  # the device at the other end is down
                    os.write(out, packet)

    def _patience_s(self) -> float | None:
        times = [d.next_ns for d in self.directions.values() if d.next_ns is not None]
        if not times:
            return None
        return max(0.0, (min(times) - time.monotonic_ns()) / NS_PER_S)


def main() -> None:
    """Make the link, create its socket, and serve the first client."""
    if sys.argv[1:] == ["--prove"]:
        Link(0)
        print(f"TCP by {kernel.congestion_control()}")
        return
    path, seed = sys.argv[1], int(sys.argv[2])
    with contextlib.suppress(PermissionError):  # without it a busy machine is felt
        os.nice(PRIORITY)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(path + ".new")
        link = Link(seed)
        door.listen(1)
        os.rename(path + ".new", path)  # clients connect once this path exists
        control, _ = door.accept()
    with control:
        link.serve(control)


if __name__ == "__main__":
    main()
