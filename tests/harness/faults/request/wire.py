"""Both ends of a proxy, byte for byte: a target that keeps what it got, a visitor that sees how
a connection ended."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness.faults.request.gateway import Gateway
from harness.ledger.files import Ledger, WitnessFile, read_witness
from harness.ledger.kinds import NETWORK
from harness.ledger.kinds.base import name_of
from harness.ledger.kinds.network import RequestAnswered
from harness.target.reference.dialect import BATCH_PATH, ReferenceDialect

DIALECT = ReferenceDialect()

STORED = b'{"received": 2, "inserted": 2, "duplicate": 0}'
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 46\r\n\r\n" + STORED


@dataclass
class Target:
    """Answers each path with fixed bytes; empty bytes end the connection, None resets it."""

    answers: dict[str, bytes | None] = field(default_factory=dict)
    heads: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    url: str = ""
    answering: asyncio.Event = field(default_factory=asyncio.Event)
    connections: list[asyncio.StreamWriter] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.answering.set()

    @property
    def stored(self) -> int:
        """Return how many batches arrived."""
        return sum(f" {BATCH_PATH} ".encode() in head for head in self.heads)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                body = await reader.readexactly(int(header(head, "content-length") or 0))
                self.heads.append(head)
                self.bodies.append(body)
                await self.answering.wait()
                path = head.split()[1].decode().partition("?")[0]
                answer = self.answers.get(path, OK)
                if not answer:
                    return self._end(writer, reset=answer is None)
                writer.write(answer)
                if b"Connection: close" in answer:
                    return self._end(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _end(self, writer: asyncio.StreamWriter, *, reset: bool = False) -> None:
        if reset:
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()
        else:
            writer.close()


@asynccontextmanager
async def listening(target: Target) -> AsyncIterator[Target]:
    """Let a target listen for the length of the block."""
    server = await asyncio.start_server(target.serve, "127.0.0.1", 0)
    target.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield target
    finally:
        server.close()
        for connection in target.connections:
            await _closed(connection)


class Visitor:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    async def ask(self, request: bytes) -> tuple[bytes, bytes]:
        """Send a request; return head and body of the answer, which must be whole."""
        self.writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        bodiless = request.startswith(b"HEAD") or head.split()[1] in (b"204", b"304")
        length = 0 if bodiless else int(header(head, "content-length") or 0)
        return head, await self._reader.readexactly(length)

    async def lose(self, request: bytes) -> tuple[bytes, str]:
        """Send a request; return what came before the connection ended, and how it ended."""
        self.writer.write(request)
        came = b""
        try:
            while piece := await self._reader.read(65_536):
                came += piece
        except ConnectionResetError:
            return came, "rst"
        return came, "fin"

    async def close(self) -> None:
        await _closed(self.writer)


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


@asynccontextmanager
async def visiting(gateway: Gateway) -> AsyncIterator[Visitor]:
    """Open a connection to the gateway for the length of the block."""
    place = urlsplit(gateway.url)
    visitor = Visitor(*await asyncio.open_connection(place.hostname, place.port))
    try:
        yield visitor
    finally:
        await visitor.close()


def batch(number: int = 1, *, transport: str = "fetch", attempt: int = 1, **headers: str) -> bytes:
    """Return a posted batch, as a browser would send it."""
    body = {
        "artworkIds": ["a", "b"],
        "batchId": f"batch-{number}",
        "attempt": attempt,
        "transport": transport,
    }
    return post(BATCH_PATH, json.dumps(body).encode(), **headers)


def post(path: str, body: bytes, **headers: str) -> bytes:
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"POST {path} HTTP/1.1\r\nHost: a.example\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


def get(path: str, method: str = "GET", **headers: str) -> bytes:
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"{method} {path} HTTP/1.1\r\nHost: a.example\r\n{more}\r\n".encode()


def header(head: bytes, name: str) -> str | None:
    """Return a header's value as it was written."""
    for line in head.decode("latin-1").split("\r\n")[1:]:
        key, _, value = line.partition(": ")
        if key.lower() == name.lower():
            return value
    return None


@dataclass
class Bench:
    """A gateway before a target, and what its witness wrote."""

    target: Target
    gateway: Gateway
    network: WitnessFile
    directory: Path

    def rows(self, kind: str) -> list[dict[str, Any]]:
        """Return what was written of that kind, with the detail parsed where it is JSON."""
        self.network.flush()
        table = read_witness(self.directory / "network.arrows").table.to_pylist()
        found = [row for row in table if row["kind"] == kind]
        for row in found:
            if (row["detail"] or "").startswith("{"):
                row["detail"] = json.loads(row["detail"])
        return found

    def kinds(self) -> list[str]:
        """Return the kinds of rows, but for those of what each visitor was given."""
        self.network.flush()
        found = read_witness(self.directory / "network.arrows").table["kind"].to_pylist()
        return [str(kind) for kind in found if kind != name_of(RequestAnswered)]


@asynccontextmanager
async def benched(directory: Path, **options: Any) -> AsyncIterator[Bench]:
    """Set up target, gateway and witness for the length of the block."""
    with Ledger(directory) as ledger:
        network = ledger.witness(NETWORK)
        async with (
            listening(Target()) as target,
            Gateway(target.url, network, dialect=DIALECT, **options) as gateway,
        ):
            yield Bench(target, gateway, network, directory)
