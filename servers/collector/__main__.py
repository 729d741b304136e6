"""``python -m servers.collector``: the command line of the collector."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import socket
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import msgspec
import psycopg
from aiohttp import web

from servers.collector.app import Client, Collector
from servers.collector.reading import Reader
from servers.collector.store import EventStore
from servers.ingest.http.serve import listen, write_ready_file
from servers.ingest.receipts import Receipts

DATABASE_VARIABLE = "INGEST_DATABASE"
_STOP_S = 5.0


class ClientFile(msgspec.Struct, frozen=True, kw_only=True):
    """The file that says which client is under test; paths are absolute."""

    adapter: str
    package: str = ""
    endpoint: str
    script: str = ""
    module: str = ""
    globals: list[str] = []
    settings: dict[str, dict[str, object]] = {}

    def client(self) -> Client:
        """Return the client as the collector knows it."""
        names = ("script", "module", "globals", "settings")
        return Client(
            adapter=Path(self.adapter),
            package=Path(self.package).resolve() if self.package else None,
            endpoint=self.endpoint,
            facts={name: getattr(self, name) for name in names},
        )


def main(argv: list[str] | None = None) -> int:
    """Serve until asked to stop; return 0, 2 for bad usage, 1 without a database or port."""
    arguments = _parser().parse_args(argv)
    node = shutil.which("node")
    if node is None:
        print("collector: node is not on PATH", file=sys.stderr)
        return 1
    try:
        client = msgspec.json.decode(arguments.client.read_bytes(), type=ClientFile).client()
        listener = listen(arguments.host, arguments.port)
    except (OSError, msgspec.MsgspecError) as error:
        print(f"collector: {error}", file=sys.stderr)
        return 1
    lifetime = uuid.uuid4().hex
    receipts = Receipts(arguments.receipts, lifetime)
    receipts.started()

    def ready() -> None:
        write_ready_file(arguments.ready_file, listener, lifetime)

    try:
        asyncio.run(_serve(client, node, receipts, listener, ready))
    except psycopg.Error as error:
        print(f"collector: the database is not usable: {error}", file=sys.stderr)
        return 1
    receipts.stopped()
    return 0


async def _serve(
    client: Client,
    node: str,
    receipts: Receipts,
    listener: socket.socket,
    ready: Callable[[], None],
) -> None:
    """Serve until SIGTERM or SIGINT, then finish what was accepted."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with (
        EventStore(os.environ.get(DATABASE_VARIABLE, "")) as store,
        Reader(node, client.adapter) as reader,
    ):
        runner = web.AppRunner(
            Collector(client, store, reader, receipts).app(),
            access_log=None,
            shutdown_timeout=_STOP_S,
        )
        await runner.setup()
        try:
            await web.SockSite(runner, listener).start()
            ready()
            await stop.wait()
        finally:
            await runner.cleanup()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m servers.collector",
        description=f"Takes a client's batches. {DATABASE_VARIABLE} holds the connection string.",
    )
    add = parser.add_argument
    add("--client", type=Path, required=True, help="which client (JSON)")
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=0, help="0 takes a free one")
    add("--ready-file", type=Path, required=True, help="where to say that it listens")
    add("--receipts", type=Path, required=True, help="where receipts are appended")
    add("--seed", type=int, default=1, help="taken and not used")
    add("--pool", type=int, default=200, help="taken and not used")
    return parser


if __name__ == "__main__":
    sys.exit(main())
